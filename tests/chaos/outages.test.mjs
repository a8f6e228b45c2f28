// What the servers depend on goes away in the midst of bidding, and they do: bidders over two nodes and REST write down what they are told,
// and all of it must be true. See tests/integration/support/crowd.mjs for what is checked each time.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Crowd } from '../integration/support/crowd.mjs';
import { metric } from '../integration/support/metrics.mjs';
import { Postgres, startRedis, until } from '../integration/support/processes.mjs';
import { Stack } from '../integration/support/stack.mjs';

const BIDDERS = 6;
const DRAIN_MS = 1500;
const SEEDS = process.env.SERI_CHAOS_SEEDS?.split(',').map(Number) ?? [4];
const LADDER = [{ below: 0, step: 10000 }];

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

describe('in an outage', () => {
  let postgres, stack, sale, bidders;
  before(async () => {
    postgres = await Postgres.start();
    stack = await Stack.start({ nodes: 2, postgres, env: { DRAIN_MS: `${DRAIN_MS}` } });
    sale = await stack.sale({ ladder: LADDER });
    bidders = [];
    for (let i = 0; i < BIDDERS; i++) bidders.push(await stack.bidder(`bidder${i}`, sale.id));
  });
  after(async () => {
    await stack?.stop();
    await postgres?.stop();
  });

  /** Bids on a lot while `disturb` does its worst; then nothing that was said may be wrong. */
  async function storm(disturb) {
    const lot = await stack.lot(sale.id);
    const crowd = Crowd.at(stack, lot, bidders, { overRest: 2 });
    try {
      await crowd.more(15);
      const outages = await disturb({ lot, crowd });
      await crowd.more(15);
      assert.ok((await crowd.check({ outages: outages ?? [] })) >= 30);
    } finally {
      await crowd.stop().catch(() => {});
    }
  }
  /** A lot that ends by itself soon unless something keeps it: {lot, endsAtMs}. */
  async function soonOver(durationMs) {
    const short = await stack.sale({ ladder: LADDER, durationMs, extensionWindowMs: 1000, extensionMs: 1000 });
    const bidder = await stack.bidder('bidder0', short.id);
    const lot = await stack.lot(short.id);
    const { endsAtMs } = await stack.auction(lot);
    return { saleId: short.id, bidder, lot, endsAtMs };
  }
  const holderOf = (lot) => {
    const owner = stack.redisCommand('GET', `auction:{${lot}}:owner`);
    return stack.nodes.find((node) => owner.includes(`:${node.port}:`));
  };
  const holder = (lot) => until('a holder', () => holderOf(lot));

  it('of Redis for 10 s, bids go on, lots close, and all catches up afterwards', () =>
    storm(async ({ lot, crowd }) => {
      const over = await soonOver(4000);
      await stack.redis.stop();
      const since = Date.now();
      await crowd.more(20);
      await until('everybody on a node to be told', () => crowd.told('server:degraded').length >= BIDDERS - 2);
      assert.equal((await stack.ended(over.lot, 12)).status, 'passed');
      await sleep(since + 10000 - Date.now());
      stack.redis = await startRedis(stack.folder.path, stack.redisPort);
      await holder(lot);
      await until('word that all is well', () => crowd.told('server:degraded').filter(({ data }) => data.reason === null).length >= BIDDERS - 2);
    }));

  for (const [name, signal] of [['restarted', 'SIGINT'], ['crashed', 'SIGQUIT']])
    it(`of PostgreSQL, ${name}, nothing acknowledged is lost`, () =>
      storm(async ({ lot, crowd }) => {
        const from = Date.now();
        await postgres.end(signal);
        await sleep(500);
        await postgres.begin();
        const outage = [from, Date.now()];
        await goOn(lot);
        await crowd.more(10);
        return [outage];
      }));

  /** After an outage: if the lot was paused for it, the office lets the whole sale go on. */
  async function goOn(lot, { must = false } = {}) {
    const looks = Date.now() + 4000;
    await until('the lot to be paused or to go on', async () => {
      const { status } = await stack.auction(lot);
      return status === 'paused' || (!must && Date.now() > looks);
    });
    if ((await stack.auction(lot)).status !== 'paused') return;
    assert.equal((await stack.ledger(lot)).find(({ type }) => type === 'paused').outage, true);
    const office = await stack.office();
    (await office.api.post(`/api/sales/${sale.id}/resume`, { commandId: randomUUID(), lots: 'outage' })).expect(200);
  }

  it('of PostgreSQL, frozen and back, nothing is said that is not so, and no lot is closed', () =>
    storm(async ({ lot, crowd }) => {
      const over = await soonOver(4000);
      const from = Date.now();
      postgres.freeze();
      try {
        await sleep(9000);
        assert.ok(crowd.told('server:degraded').some(({ data }) => data.reason === 'database'), 'those who watch are told');
      } finally {
        postgres.thaw();
      }
      const outage = [from, Date.now()];
      await goOn(lot, { must: true });
      const auction = await until('the lot that was due to be paused', async () => {
        const found = await stack.auction(over.lot);
        assert.ok(['active', 'paused'].includes(found.status), found.status);
        return found.status === 'paused' && found;
      });
      assert.ok(auction.remainingMs > 0 && auction.remainingMs <= 4000);
      const closed = (await stack.ledger(over.lot)).filter(({ type }) => ['sold', 'passed'].includes(type));
      assert.deepEqual(closed, []);
      return [outage];
    }));

  it('of a node, killed, its clients go on at another from where they were', () =>
    storm(async ({ lot, crowd }) => {
      await stack.killNode(await holder(lot));
      await crowd.more(15);
      await stack.startNode();
    }));

  it('of a node, frozen and back, its old lease does no harm', () =>
    storm(async ({ lot, crowd }) => {
      const over = await soonOver(5000);
      const frozen = await holder(lot);
      const [at, other] = [stack.nodes.indexOf(frozen), stack.nodes.findIndex((node) => node !== frozen)];
      const early = await stack.client(over.bidder, at);
      frozen.kill('SIGSTOP');
      let late;
      try {
        late = early.bid(over.lot, 1000000); // lies in the frozen node's socket until it is thawed
        await crowd.more(15);
        await until('another holder', () => holderOf(lot) === stack.nodes[other]);
        assert.equal((await stack.ended(over.lot, 15)).status, 'passed');
      } finally {
        frozen.kill('SIGCONT');
      }
      assert.equal((await late).error.code, 'AUCTION_ENDED');
      assert.equal((await stack.auction(over.lot)).bidCount, 0);
      await crowd.more(15);
    }));

  /** Somebody at the database with the lot's row locked, once the turn comes; `end` lets it go. */
  function lock(lot) {
    const child = spawn('psql', ['-X', '-q', '-d', stack.database.url], { stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.write(`BEGIN; SELECT FROM auctions WHERE id = ${lot} FOR NO KEY UPDATE;\n`);
    return { end: () => child.stdin.end() };
  }
  const sessions = (condition) => stack.database.sql(`SELECT application_name FROM pg_stat_activity WHERE ${condition}`).split('\n').filter(Boolean);
  const waiting = (who) => `wait_event_type = 'Lock' AND application_name LIKE '${who}%'`;

  it('of a node, frozen while it has the lot locked, the others can decide within 3 s', async () => {
    const clients = await Promise.all([0, 1].map((node) => stack.client(bidders[node], node)));
    const third = await Promise.all([0, 1].map((node) => stack.client(bidders[2], node)));

    /** Two nodes append at once; the one that comes second goes for the lock, and waits for it behind us: {lot, bids, second, name}. Now
     * and then it is back before we have been woken, and has it first: then null, once both bids are answered. */
    async function onTheWayToTheLock() {
      const lot = await stack.lot(sale.id);
      const locks = [lock(lot)];
      try {
        await until('the lock', () => sessions(`state = 'idle in transaction' AND application_name = 'psql'`).length === 1);
        const bids = clients.map((client, index) => client.bid(lot, 1000000 + index * 10000));
        let answered = false;
        Promise.all(bids).then(() => (answered = true));
        await until('both to append', () => new Set(sessions(waiting('seri-realtime'))).size === 2);
        locks.push(lock(lot));
        await until('us to wait', () => sessions(waiting('psql')).length === 1);
        locks.shift().end();
        const found = await until('one to want the lock', () => {
          const names = sessions(`${waiting('seri-realtime')} AND query LIKE '%the row is the caller%'`);
          return names.length === 1 ? names : answered;
        });
        if (found !== true) return { lot, bids, second: locks.shift(), name: found[0] };
        return null;
      } finally {
        for (const left of locks) left.end();
      }
    }
    const { lot, bids, second, name } = await until('a node to wait for the lock', onTheWayToTheLock, 60);
    const at = stack.nodes.findIndex((node) => name.startsWith(`seri-realtime:${node.port}:`));
    stack.nodes[at].kill('SIGSTOP');
    second.end();
    try {
      await until('the frozen node to have the lock', () => sessions(`state = 'idle in transaction' AND application_name = '${name}'`).length === 1);
      const since = Date.now();
      const answer = await third[1 - at].bid(lot, 1050000);
      assert.equal(answer.ok, true, JSON.stringify(answer));
      assert.ok(Date.now() - since < 3000, `after ${Date.now() - since} ms`);
    } finally {
      stack.nodes[at].kill('SIGCONT');
    }
    const answers = await Promise.all(bids);
    const events = await stack.ledger(lot);
    for (const [index, answer] of answers.entries()) {
      const said = events.find(({ seq, type }) => answer.ok && seq === answer.seq && type === 'bid');
      assert.equal(said?.paddle, answer.ok ? bidders[index].paddle : undefined, JSON.stringify(answer));
      if (!answer.ok) assert.equal(events.some(({ paddle }) => paddle === bidders[index].paddle), false);
    }
  });

  it('of a node that drains, clients are told, go elsewhere, and it ends cleanly', () =>
    storm(async ({ lot, crowd }) => {
      const leaving = await holder(lot);
      const there = crowd.bidders.filter(({ node }) => node === leaving);
      leaving.kill('SIGTERM');
      const since = Date.now();
      await until('another holder', () => holderOf(lot) && holderOf(lot) !== leaving);
      assert.deepEqual(await leaving.exited, { code: 0, signal: null }, leaving.output.slice(-2000));
      assert.ok(Date.now() - since >= DRAIN_MS - 200, 'it stays for those it told to go later');
      stack.nodes = stack.nodes.filter((node) => node !== leaving);
      const told = there.map(({ view }) => view.told.find(({ event }) => event === 'server:draining')?.data.reconnectInMs);
      for (const ms of told) assert.ok(ms >= 0 && ms < DRAIN_MS, `told ${told}`);
      assert.equal(new Set(told).size, told.length, 'one after the other');
      await crowd.more(10);
      await stack.startNode();
    }));

  it('of REST, killed or told to end in the midst of commands and bids, each counts once or not at all', () =>
    storm(async ({ lot, crowd }) => {
      const office = await stack.office();
      for (const [round, signal] of ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGTERM'].entries()) {
        const commands = Array.from({ length: 6 }, (_, index) => ({ commandId: randomUUID(), text: `${round}-${index}` }));
        const first = commands.map((body) => office.api.post(`/api/auctions/${lot}/message`, body).catch(() => null));
        await sleep(5 * round);
        stack.rest.kill(signal);
        const { code } = await stack.rest.exited;
        if (signal === 'SIGTERM') assert.equal(code, 0, stack.rest.output.slice(-2000));
        stack.rests = stack.rests.filter((rest) => rest !== stack.rest);
        const answers = await Promise.all(first);
        await stack.startRest();
        office.api = stack.api.as(office.token);
        for (const [index, body] of commands.entries()) {
          const again = (await office.api.post(`/api/auctions/${lot}/message`, body)).expect(200);
          if (answers[index]?.status === 200) assert.equal(again.seq, answers[index].json.seq, 'the first answer again');
          const said = (await stack.ledger(lot)).filter(({ type, message }) => type === 'message' && message === body.text);
          assert.equal(said.length, 1);
        }
      }
      for (const node of stack.nodes) assert.ok((await metric(node, 'seri_connections')) > 0);
    }));

  /** Numbers that are the same for the same seed, from 0 to below `most`. */
  function dice(seed) {
    let state = seed;
    return (most) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * most);
    };
  }
  const disasters = {
    'Redis frozen': async (ms) => {
      stack.redis.kill('SIGSTOP');
      await sleep(ms);
      stack.redis.kill('SIGCONT');
    },
    'Redis restarted': async () => {
      await stack.redis.stop();
      stack.redis = await startRedis(stack.folder.path, stack.redisPort);
    },
    'PostgreSQL frozen': async (ms) => {
      postgres.freeze();
      await sleep(ms);
      postgres.thaw();
    },
    'PostgreSQL crashed': async () => {
      await postgres.end('SIGQUIT');
      await postgres.begin();
    },
    'connections cut': async () => {
      stack.database.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    },
    'a node frozen': async (ms, roll) => {
      const node = stack.nodes[roll(stack.nodes.length)];
      node.kill('SIGSTOP');
      await sleep(ms);
      node.kill('SIGCONT');
    },
    'all nodes frozen': async (ms) => {
      for (const node of stack.nodes) node.kill('SIGSTOP');
      await sleep(ms);
      for (const node of stack.nodes) node.kill('SIGCONT');
    },
    'a node killed': async (ms, roll) => {
      await stack.killNode(stack.nodes[roll(stack.nodes.length)]);
      await stack.startNode();
    },
  };

  for (const seed of SEEDS)
    it(`of one thing after another, and two at a time (${seed}), on lots that end meanwhile, all answers are true`, async () => {
      const roll = dice(seed);
      const brief = await stack.sale({ ladder: LADDER, durationMs: 6000, extensionWindowMs: 1500, extensionMs: 1500 });
      const people = [];
      for (const { name } of bidders) people.push(await stack.bidder(name, brief.id));
      const crowds = [Crowd.at(stack, await stack.lot(sale.id), bidders, { overRest: 1 })];
      for (let i = 0; i < 2; i++) crowds.push(Crowd.at(stack, await stack.lot(brief.id), people, { overRest: 1 }));
      const done = [];
      try {
        for (let i = 0; i < 7; i++) {
          const pair = [Object.keys(disasters)[roll(8)], Object.keys(disasters)[roll(8)]];
          done.push(pair.join(' and '));
          // two that take and give back the same thing would be in each other's way
          if (pair[0].split(' ')[0] === pair[1].split(' ')[0] || pair.every((name) => /node/.test(name)) || pair.includes('connections cut')) pair.pop();
          await Promise.all(pair.map((name) => disasters[name](300 + roll(1200), roll)));
          await sleep(roll(800));
        }
        await goOn(crowds[0].lot);
        await crowds[0].more(10);
        for (const crowd of crowds) await crowd.check();
      } catch (error) {
        throw new Error(`after ${done.join(', ')}: ${error.stack} ${error.cause ?? ''}`, { cause: error });
      } finally {
        await Promise.allSettled(crowds.map((crowd) => crowd.stop()));
      }
    });
});
