// Starts and stops what a test needs: programs of the build, a Redis of its own, a database of its own. Everything is on loopback,
// under one scratch folder, and is stopped by its own pid.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
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

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

export function scratchFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'seri-test-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A child process whose output goes to a file. */
export class Process {
  constructor(name, command, args, { folder, env = {} }) {
    this.name = name;
    this.log = join(folder, `${name}.log`);
    const out = openSync(this.log, 'a');
    // Nothing of the caller's environment but what programs in general need: settings come from the test alone.
    const { PATH, HOME, LANG, ASAN_OPTIONS, UBSAN_OPTIONS } = process.env;
    this.child = spawn(command, args, { stdio: ['ignore', out, out], env: { PATH, HOME, LANG, ASAN_OPTIONS, UBSAN_OPTIONS, ...env } });
    this.exited = new Promise((done) => this.child.once('exit', (code, signal) => done({ code, signal })));
    this.exited.then((exit) => (this.exit = exit));
  }
  get output() {
    return readFileSync(this.log, 'utf8');
  }
  kill(signal) {
    this.child.kill(signal);
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

/** A fresh database on the server of SERI_TEST_DATABASE_URL, dropped by `drop`. */
export function createDatabase() {
  const server = process.env.SERI_TEST_DATABASE_URL;
  if (!server) throw new Error('SERI_TEST_DATABASE_URL is not set: run the tests by tests/run');
  const name = `seri_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  const run = (to, sql) => execFileSync('psql', ['-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', '-d', to, '-c', sql], { stdio: ['ignore', 'pipe', 'pipe'] }).toString().trim();
  run(server, `CREATE DATABASE ${name}`);
  return {
    url: url.href,
    sql: (text) => run(url.href, text),
    drop: () => run(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}
