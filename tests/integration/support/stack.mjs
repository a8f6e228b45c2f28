// One whole Seri for a test: a database, a Redis, one REST process, some realtime nodes, and people to use them.
import { execFileSync } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Api } from './api.mjs';
import { ask } from './ask.mjs';
import { Client } from './client.mjs';
import { BUILD, Process, createDatabase, freePort, scratchFolder, startRedis, until } from './processes.mjs';

const SECRET = 'a-secret-for-tests-that-is-long-enough';
const PASSWORD = 'correct horse battery';

export class Stack {
  /** `nodes`: realtime nodes; `env`: settings over the tests' own; `postgres`: one of the test's own, which it ends after the stack. */
  static async start({ nodes = 2, env = {}, postgres } = {}) {
    const stack = new Stack();
    stack.folder = scratchFolder();
    stack.database = createDatabase(postgres?.url);
    stack.redisPort = await freePort();
    stack.redis = await startRedis(stack.folder.path, stack.redisPort);
    stack.env = {
      DATABASE_URL: stack.database.url,
      REDIS_URL: `redis://:test@127.0.0.1:${stack.redisPort}`,
      JWT_SECRET: `test:${SECRET}`,
      MEDIA_DIR: join(stack.folder.path, 'media'),
      LIMIT_VISITOR_PER_MINUTE: '0',
      LIMIT_USER_PER_MINUTE: '0',
      LIMIT_ADDRESS_PER_MINUTE: '0',
      LIMIT_LOGIN_PER_MINUTE: '0',
      LIMIT_LOGIN_ACCOUNT_PER_MINUTE: '0',
      LIMIT_LOGIN_ADDRESS_PER_MINUTE: '0',
      LIMIT_REDIS_TIMEOUT_MS: '1000',
      BID_LIMIT_PER_MINUTE: '0',
      LIMIT_MESSAGES_PER_SECOND: '100000',
      DRAIN_MS: '0',
      MAIL_DIR: join(stack.folder.path, 'mail'),
      ...env,
    };
    stack.nodes = [];
    stack.users = new Map();
    try {
      stack.admin(['migrate']);
      await stack.startRest();
      await Promise.all(Array.from({ length: nodes }, () => stack.startNode()));
    } catch (error) {
      await stack.stop().catch(() => {});
      throw error;
    }
    return stack;
  }

  /** Runs seri-admin and returns what it prints. */
  admin(args, { input = '', env = {} } = {}) {
    return execFileSync(join(BUILD, 'seri-admin'), args, { input, env: { PATH: process.env.PATH, ASAN_OPTIONS: process.env.ASAN_OPTIONS, ...this.adminEnv(), ...env }, stdio: ['pipe', 'pipe', 'pipe'] }).toString();
  }
  /** One command to Redis; what it answers, a line each. */
  redisCommand(...words) {
    return execFileSync('redis-cli', ['-p', `${this.redisPort}`, '-a', 'test', '--no-auth-warning', ...words], { stdio: 'pipe' }).toString();
  }
  adminEnv() {
    const { DATABASE_URL, REDIS_URL } = this.env;
    return { DATABASE_URL, REDIS_URL };
  }

  async startRest() {
    this.rest = await this.startAnotherRest('rest');
    this.api = this.rest.api;
  }
  /** One more REST process: with its `port`, and an `api` of its own. */
  async startAnotherRest(name, env = {}) {
    const port = await freePort();
    const rest = new Process(name, join(BUILD, 'seri-rest'), [], { folder: this.folder.path, env: { ...this.env, REST_PORT: `${port}`, ...env } });
    rest.port = port;
    rest.api = new Api(`http://127.0.0.1:${port}`);
    (this.rests ??= []).push(rest);
    await this.ready(rest);
    return rest;
  }
  /** `certificate`: from makeCertificate, then the node speaks TLS. */
  async startNode(env = {}, certificate) {
    const port = await freePort();
    const node = new Process(`realtime-${port}`, join(BUILD, 'seri-realtime'), [], { folder: this.folder.path, env: { ...this.env, REALTIME_PORT: `${port}`, ...certificate?.env, ...env } });
    node.port = port;
    node.ca = certificate?.ca;
    node.url = `${node.ca ? 'wss' : 'ws'}://127.0.0.1:${port}/ws`;
    this.nodes.push(node);
    await this.ready(node);
    return node;
  }
  async ready(process) {
    const ready = until(`${process.name} to be ready`, async () => process.exit || (await ask(process, '/ready')).status === 200);
    await Promise.race([ready, process.exited]);
    if (process.exit) throw new Error(`${process.name} ended: ${process.output.slice(-2000)}`);
    await ready;
  }

  /** Takes a node away with SIGKILL, as a power cut would. */
  async killNode(node) {
    node.kill('SIGKILL');
    await node.exited;
    this.nodes = this.nodes.filter((other) => other !== node);
  }

  /** A person with an account and a session: {id, email, token, api}. Made once a name. */
  async user(name, role = 'viewer') {
    if (this.users.has(name)) return this.users.get(name);
    const email = `${name}@example.test`;
    this.admin(['user', 'create', '--role', role, '--email', email, '--name', name, '--password-stdin'], { input: `${PASSWORD}\n` });
    const session = (await this.api.post('/api/auth/login', { email, password: PASSWORD, native: true })).expect(200);
    const user = { name, role, email, password: PASSWORD, id: session.user.id, token: session.accessToken, refreshToken: session.refreshToken };
    user.api = this.api.as(user.token);
    this.users.set(name, user);
    return user;
  }
  office() {
    return this.user('office', 'auctioneer');
  }

  /** A bidder approved for the sale: the user with its paddle. */
  async bidder(name, saleId) {
    const user = await this.user(name, 'bidder');
    const office = await this.office();
    const registration = await office.api.post(`/api/sales/${saleId}/registrations`, { userId: user.id });
    const { paddle } = registration.json;
    if (!paddle) throw new Error(`not approved: ${registration.text}`);
    return { ...user, paddle };
  }

  /** A published sale; `body` over short clocks. */
  async sale(body = {}) {
    const office = await this.office();
    const made = await office.api.post('/api/sales', { nameJa: '試験市場', nameEn: 'Test sale', status: 'published', ...body });
    return made.expect(201);
  }

  /** A lot in the sale, scheduled and started unless told otherwise. */
  async lot(saleId, { startPrice = 1000000, reservePrice = 0, lotNumber, until: stop = 'start', consignor } = {}) {
    const office = await this.office();
    const horse = (await office.api.post('/api/horses', {
      sex: 'male', coatColour: 'bay', foaledOn: '2025-03-09', sireJa: 'サイノチチ', damJa: 'ハナノハハ', ...(consignor ? { consignor } : {}),
    })).expect(201);
    this.lotNumber = (this.lotNumber ?? 0) + 1;
    const lot = (await office.api.post('/api/auctions', { saleId, horseId: horse.id, lotNumber: lotNumber ?? this.lotNumber, startPrice, reservePrice })).expect(201);
    if (stop !== 'draft') await this.command(lot.id, 'schedule');
    if (stop === 'start') await this.command(lot.id, 'start');
    return lot.id;
  }

  /** A command of the auctioneer that must succeed; gives its answer. */
  async command(auctionId, name, body = {}) {
    const office = await this.office();
    return (await office.api.post(`/api/auctions/${auctionId}/${name}`, { commandId: randomUUID(), ...body })).expect(200);
  }

  /** A WebSocket client of a node (by index), as `user` or as a visitor. */
  async client(user = null, node = 0, options = {}) {
    const client = new Client(this.nodes[node].url, { token: user?.token, ca: this.nodes[node].ca, ...options });
    await client.opened;
    (this.clients ??= []).push(client);
    return client;
  }

  /** A bid that is judged: on a machine too busy for its node a lot is paused as by an outage; then it is resumed first. */
  async bid(client, auctionId, amount) {
    return until('a bid to be judged', async () => {
      const answer = await client.bid(auctionId, amount);
      if (answer.error?.code !== 'AUCTION_PAUSED') return answer;
      await this.command(auctionId, 'resume');
      return false;
    });
  }

  /** An access token of our own making. */
  forge(claims, { secret = SECRET, header = {} } = {}) {
    const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(Date.now() / 1000);
    const body = `${encode({ alg: 'HS256', typ: 'JWT', kid: 'test', ...header })}.${encode({ iss: 'seri', iat: now, exp: now + 900, ...claims })}`;
    return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
  }
  /** The claims of a token, unchecked. */
  static claims(token) {
    return JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  }

  /** The lot as REST shows it to everybody. */
  async auction(auctionId) {
    return (await this.api.get(`/api/auctions/${auctionId}`)).expect(200);
  }
  /** The whole public ledger of a lot. */
  async ledger(auctionId) {
    const events = [];
    for (let after = 0; ;) {
      const page = (await this.api.get(`/api/auctions/${auctionId}/events?limit=1000&after=${after}`)).expect(200);
      events.push(...page.items);
      if (page.next === null) return events;
      after = events.at(-1).seq;
    }
  }
  ended(auctionId, seconds = 40) {
    return until(`lot ${auctionId} to end`, async () => {
      const auction = await this.auction(auctionId);
      return ['sold', 'passed', 'withdrawn'].includes(auction.status) && auction;
    }, seconds);
  }

  async stop() {
    for (const client of this.clients ?? []) client.terminate();
    const results = await Promise.allSettled([...(this.rests ?? []), ...this.nodes].map((process) => process?.stop()));
    await this.redis.stop().catch(() => {});
    this.database.drop();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    this.folder.remove();
  }
}
