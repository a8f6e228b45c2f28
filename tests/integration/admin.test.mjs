// seri-admin as the office uses it: what it prints, how it ends, and what is then in the database.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BUILD, createDatabase } from './support/processes.mjs';

describe('seri-admin', () => {
  let database;
  before(() => (database = createDatabase()));
  after(() => database.drop());

  /** Runs it: {status, stdout, stderr}. */
  const admin = (args, { input = '', url = database.url } = {}) =>
    spawnSync(join(BUILD, 'seri-admin'), args, { input, encoding: 'utf8', env: { PATH: process.env.PATH, DATABASE_URL: url } });
  const create = (email, ...more) => ['user', 'create', '--role', 'viewer', '--email', email, '--name', 'Someone', ...more];

  it('refuses to create an account before the schema is there', () => {
    const { status, stderr } = admin(create('early@example.test'));
    assert.equal(status, 1);
    assert.match(stderr, /no migration has run/);
  });

  it('migrates once', () => {
    assert.match(admin(['migrate']).stdout, /^(\d+) of \1 migrations applied\n$/);
    const again = admin(['migrate']);
    assert.equal(again.status, 0);
    assert.match(again.stdout, /is current/);
  });

  it('makes a password and prints it', () => {
    const { status, stdout } = admin(create('made@example.test', '--language', 'en'));
    assert.equal(status, 0);
    assert.match(stdout, /^user \d+ created: made@example\.test, viewer\npassword: [2-9a-hjkmnp-z]{20}\n$/);
    assert.equal(database.sql("SELECT role, language, password_hash LIKE '$argon2id$%' FROM users WHERE email = 'made@example.test'"), 'viewer|en|t');
  });

  it('takes a password from standard input and does not print it', () => {
    const { status, stdout } = admin(create('given@example.test', '--password-stdin'), { input: 'a good password\n' });
    assert.equal(status, 0);
    assert.doesNotMatch(stdout, /password/);
  });

  it('tells of an e-mail that is taken, in any case of letters', () => {
    const { status, stderr } = admin(create('GIVEN@example.test'));
    assert.equal(status, 1);
    assert.match(stderr, /has an account already/);
  });

  for (const [what, args, words] of [
    ['no command', [], /Usage/],
    ['an unknown command', ['dance'], /no command "dance"/],
    ['half a command', ['user'], /no command "user"/],
    ['an unknown option', ['migrate', '--fast'], /unknown option --fast/],
    ['an argument too many', ['migrate', 'now'], /unexpected argument "now"/],
    ['a missing option', ['user', 'create', '--role', 'admin'], /--email must be given/],
    ['an option without its value', ['user', 'create', '--role'], /--role needs a value/],
    ['an unknown role', create('x@example.test', '--role=visitor'), /not "visitor"/],
    ['no e-mail address', create('x.example.test'), /not an e-mail address/],
    ['an unknown language', create('x@example.test', '--language', 'fr'), /not "fr"/],
    ["another program's setting", ['--REST_PORT=1', 'migrate'], /REST_PORT/],
  ])
    it(`ends with 2 for ${what}`, () => {
      const { status, stdout, stderr } = admin(args);
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.match(stderr, words);
    });

  it('refuses a password that is too short', () => {
    const { status, stderr } = admin(create('short@example.test', '--password-stdin'), { input: 'short\n' });
    assert.equal(status, 1);
    assert.match(stderr, /10 to 200/);
  });

  it('says when there is no database, and no secret', () => {
    const { status, stderr } = admin(['migrate'], { url: 'postgres://someone:s3cret@127.0.0.1:1/none' });
    assert.equal(status, 1);
    assert.match(stderr, /refused/);
    assert.doesNotMatch(stderr, /s3cret/);
  });

  it('explains itself', () => {
    const { status, stdout } = admin(['--help']);
    assert.equal(status, 0);
    assert.match(stdout, /user create[\s\S]*DATABASE_URL/);
    assert.match(admin(['user', 'create', '--help']).stdout, /^Usage: seri-admin user create /);
  });
});
