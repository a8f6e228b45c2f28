// Starts and stops what a test needs: programs of the build, a Redis of its own, a database of its own. Everything is on loopback,
// under one scratch folder, and is stopped by its own pid.
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const BUILD = resolve(process.env.SERI_TEST_BUILD ?? fileURLToPath(new URL('../../../build/asan', import.meta.url)));

/** Waits until `probe` gives something truthy and returns it; fails, naming what was waited for, after `seconds`. */
export async function until(what, probe, seconds = 20) {
  const deadline = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      const found = await probe();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain for ${what}`, { cause: last });
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Below what Linux gives to connections that go out (32768 and up), any of which could take a port whose server is away for a moment,
 * and below what scripts look for by themselves (deploy/lib.sh, tests/run). */
const PORTS = { from: 10000, to: 20000 };

/** The same number among UDP's, where nobody of ours listens, stands for a port until this process ends: so no other test takes it, of
 * this run or of another one beside it, also while its server is stopped to be started again. */
const held = [];
const hold = (port) => new Promise((done) => {
  const socket = createSocket('udp4');
  socket.once('error', () => done(null));
  socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => done(socket.unref()));
});

const isFree = (port) => new Promise((done) => {
  const server = createServer();
  server.once('error', () => done(false));
  server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => done(true)));
});

/** A port for the servers of this process alone. */
export async function freePort() {
  for (let attempts = 1000; attempts > 0; attempts--) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    const holder = await hold(port);
    if (holder && (await isFree(port))) {
      held.push(holder);
      return port;
    }
    holder?.close();
  }
  throw new Error(`no free port from ${PORTS.from} to ${PORTS.to}`);
}

/** All that this process started and that has not ended. */
const running = new Set();

/** A file of tests takes a minute or two. One that an error has left half-way, with its servers running and nobody to stop them, would
 * hold up all the others until the run's own limit: it says so and ends, and what it started with it. */
const FILE_SECONDS = 600;
setTimeout(() => {
  console.error(`this file did not end in ${FILE_SECONDS} s; still running: ${[...running].map(({ name }) => name).join(', ') || 'nothing it started'}`);
  process.exit(1);
}, FILE_SECONDS * 1000).unref();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function scratchFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'seri-test-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A child process whose output goes to a file; `account`: {uid, gid} to run as. */
export class Process {
  constructor(name, command, args, { folder, env = {}, account = {} }) {
    this.name = name;
    this.log = join(folder, `${name}.log`);
    const out = openSync(this.log, 'a');
    // Nothing of the caller's environment but what programs in general need: settings come from the test alone.
    const { PATH, HOME, LANG, ASAN_OPTIONS, UBSAN_OPTIONS } = process.env;
    this.child = spawn(command, args, { stdio: ['ignore', out, out], env: { PATH, HOME, LANG, ASAN_OPTIONS, UBSAN_OPTIONS, ...env }, ...account });
    this.exited = new Promise((done) => this.child.once('exit', (code, signal) => done({ code, signal })));
    running.add(this);
    this.exited.then((exit) => {
      this.exit = exit;
      running.delete(this);
    });
  }
  get output() {
    return readFileSync(this.log, 'utf8');
  }
  kill(signal) {
    this.child.kill(signal);
  }
  /** Stops it and the processes that it started where they stand, the one that starts others first. */
  freeze() {
    const parent = this.child.pid;
    process.kill(parent, 'SIGSTOP');
    this.frozen = [parent];
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ')[1] !== `${parent}`) continue;
        process.kill(Number(pid), 'SIGSTOP');
        this.frozen.push(Number(pid));
      } catch {
        // gone meanwhile
      }
    }
  }
  thaw() {
    for (const pid of this.frozen ?? []) process.kill(pid, 'SIGCONT');
    this.frozen = undefined;
  }
  /** Asks it to end and expects it to do so by itself, cleanly: a leak or a crash fails the test here. */
  async stop(seconds = 30) {
    if (!this.exit) this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), seconds * 1000);
    const exit = await this.exited;
    clearTimeout(timer);
    if (exit.code !== 0) throw new Error(`${this.name} ended with ${JSON.stringify(exit)}:\n${this.output.slice(-4000)}`);
  }
}

export async function startRedis(folder, port, password = 'test') {
  const redis = new Process(`redis-${port}`, 'redis-server',
    ['--port', `${port}`, '--bind', '127.0.0.1', '--requirepass', password, '--save', '', '--dir', folder], { folder });
  await until('Redis', () => execFileSync('redis-cli', ['-p', `${port}`, '-a', password, '--no-auth-warning', 'ping'], { stdio: 'pipe' }).toString().includes('PONG'));
  return redis;
}

const POSTGRES = '/usr/lib/postgresql/15/bin';

/** A PostgreSQL of a test's own, to be restarted, frozen and thawed. It refuses to run as root, so then it runs as `postgres`. */
export class Postgres {
  static async start() {
    const postgres = new Postgres();
    postgres.folder = scratchFolder();
    chmodSync(postgres.folder.path, 0o711);
    const id = (what) => Number(execFileSync('id', [what, 'postgres']).toString());
    postgres.account = process.getuid() === 0 ? { uid: id('-u'), gid: id('-g') } : {};
    const home = join(postgres.folder.path, 'postgres');
    mkdirSync(home, { mode: 0o700 });
    postgres.data = join(home, 'data');
    const secret = join(home, 'password');
    writeFileSync(secret, 'test\n', { mode: 0o600 });
    if (postgres.account.uid) for (const path of [home, secret]) chownSync(path, postgres.account.uid, postgres.account.gid);
    execFileSync(join(POSTGRES, 'initdb'), ['-D', postgres.data, '-U', 'seri', '-E', 'UTF8', '--locale=C.UTF-8', '--auth=scram-sha-256', `--pwfile=${secret}`, '--no-sync'],
      { ...postgres.account, cwd: '/', stdio: 'pipe' });
    postgres.port = await freePort();
    postgres.url = `postgresql://seri:test@127.0.0.1:${postgres.port}/postgres`;
    await postgres.begin();
    return postgres;
  }
  /** Starts the server, on what is in its folder. */
  async begin() {
    const settings = ['listen_addresses=127.0.0.1', `port=${this.port}`, 'unix_socket_directories=', 'max_connections=200', 'jit=off', 'timezone=UTC', 'fsync=off'];
    this.process = new Process('postgres', join(POSTGRES, 'postgres'), ['-D', this.data, ...settings.flatMap((setting) => ['-c', setting])],
      { folder: this.folder.path, account: this.account });
    await until('PostgreSQL', () => execFileSync('psql', ['-X', '-At', '-d', this.url, '-c', 'SELECT 1'], { stdio: 'pipe' }));
  }
  /** Ends the server: SIGINT is its fast shutdown, SIGQUIT its immediate one, which is a crash. */
  async end(signal = 'SIGINT') {
    this.process.kill(signal);
    await this.process.exited;
  }
  freeze() {
    this.process.freeze();
  }
  thaw() {
    this.process.thaw();
  }
  async stop() {
    this.thaw();
    if (!this.process.exit) await this.end('SIGQUIT');
    this.folder.remove();
  }
}

/** A fresh database on `server`, if not told otherwise that of SERI_TEST_DATABASE_URL; dropped by `drop`. */
export function createDatabase(server = process.env.SERI_TEST_DATABASE_URL) {
  if (!server) throw new Error('SERI_TEST_DATABASE_URL is not set: run the tests by tests/run');
  const name = `seri_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  const run = (to, sql) => execFileSync('psql', ['-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', '-d', to, '-c', sql], { stdio: ['ignore', 'pipe', 'pipe'] }).toString().trim();
  run(server, `CREATE DATABASE ${name}`);
  return {
    url: url.href,
    sql: (text) => run(url.href, text),
    /** An autovacuum at work there is the superuser's and may not be sent away, so it is waited for. */
    drop: () => {
      for (let attempts = 100; ; attempts--) {
        try {
          return run(server, `DROP DATABASE ${name} WITH (FORCE)`);
        } catch (error) {
          if (attempts === 0 || !error.stderr?.toString().includes('pg_signal_backend')) throw error;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
        }
      }
    },
  };
}
