// How often and how much, over two REST processes that share a Redis, and with that Redis gone.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startRedis, until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

const from = (address) => ({ headers: { 'x-forwarded-for': address } });

describe('limits of two REST processes', () => {
  let stack, one, other;
  before(async () => {
    stack = await Stack.start({
      nodes: 0,
      env: { LIMIT_VISITOR_PER_MINUTE: '10', LIMIT_USER_PER_MINUTE: '6', LIMIT_ADDRESS_PER_MINUTE: '12', LIMIT_LOGIN_PER_MINUTE: '3', LIMIT_LOGIN_ACCOUNT_PER_MINUTE: '5', LIMIT_LOGIN_ADDRESS_PER_MINUTE: '8' },
    });
    one = stack.api;
    other = (await stack.startAnotherRest('rest-2')).api;
  });
  after(() => stack?.stop());

  const alone = async (api) => Number(/^seri_rest_limits_alone_total (\d+)$/m.exec((await api.get('/metrics')).text)[1]);

  it('are one count for a visitor, whichever process he asks', async () => {
    for (let i = 9; i >= 0; i--) {
      const answer = await (i % 2 ? one : other).get('/api/config', from('192.0.2.1'));
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('ratelimit-remaining'), `${i}`);
    }
    for (const api of [one, other, one]) {
      const refused = await api.get('/api/config', { headers: { 'x-forwarded-for': '192.0.2.1', 'accept-language': 'en' } });
      assert.equal(refused.refused('RATE_LIMITED', 429).title, 'Too many requests; please wait a moment and try again.');
      const seconds = Number(refused.headers.get('retry-after'));
      assert.ok(seconds > 0 && seconds <= 60, `${seconds}`);
      assert.deepEqual(['limit', 'remaining'].map((name) => refused.headers.get(`ratelimit-${name}`)), ['10', '0']);
    }
    assert.match((await one.get('/metrics')).text, /^seri_rest_rate_limited_total\{limit="visitor"\} [1-9]/m);
    assert.equal((await one.get('/api/config', from('192.0.2.2'))).status, 200);
    assert.equal((await one.get('/health', from('192.0.2.1'))).status, 200);
  });

  it('are one count for a user, under a higher one for all users behind an address', async () => {
    const people = await Promise.all(['aoi', 'ren', 'sora'].map((name) => stack.user(name)));
    const ask = async (person, api) => (await api.as(person.token).get('/api/auth/me', from('192.0.2.3'))).status;
    const statuses = [];
    for (let i = 0; i < 7; i++) statuses.push(await ask(people[0], i % 2 ? one : other));
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 200, 429]);
    for (let i = 0; i < 5; i++) assert.equal(await ask(people[1], one), 200);
    assert.equal(await ask(people[2], other), 429, 'the thirteenth from there');
  });

  it('are strict on log-ins: by account and address, by account, by address', async () => {
    const login = async (email, address, api = one) => {
      const answer = await api.post('/api/auth/login', { email, password: 'not the password' }, from(address));
      return answer.json.code;
    };
    const codes = [];
    for (let i = 0; i < 4; i++) codes.push(await login('kei@example.test', '198.51.100.1', i % 2 ? one : other));
    assert.deepEqual(codes, ['BAD_CREDENTIALS', 'BAD_CREDENTIALS', 'BAD_CREDENTIALS', 'RATE_LIMITED']);
    assert.equal(await login('KEI@example.test', '198.51.100.2'), 'BAD_CREDENTIALS');
    assert.equal(await login('kei@example.test', '198.51.100.3', other), 'BAD_CREDENTIALS');
    assert.equal(await login('kei@example.test', '198.51.100.4'), 'RATE_LIMITED', 'the sixth for the account');
    const many = [];
    for (let i = 0; i < 9; i++) many.push(await login(`guess${i}@example.test`, '198.51.100.9', i % 2 ? one : other));
    assert.deepEqual(many.slice(7), ['BAD_CREDENTIALS', 'RATE_LIMITED']);
  });

  it('keep neither addresses nor e-mails in Redis', () => {
    const keys = stack.redisCommand('KEYS', '*').split('\n').filter((key) => key.startsWith('rate:'));
    assert.ok(keys.length > 5);
    for (const key of keys) assert.match(key, /^rate:\{[a-z_]+:[0-9a-f]{32}\}$/);
  });

  it('hold in each process alone while Redis is gone, and together when it is back', async () => {
    await stack.redis.stop();
    const before = await alone(one);
    for (let i = 0; i < 12; i++) assert.equal((await one.get('/api/config', from('192.0.2.50'))).status, i < 10 ? 200 : 429);
    assert.ok((await alone(one)) >= before + 12);
    assert.equal((await other.get('/api/config', from('192.0.2.50'))).status, 200, 'which knows nothing of it');
    stack.redis = await startRedis(stack.folder.path, stack.redisPort);
    let address = 0;
    await until('both to count together', async () => {
      address++;
      const statuses = [];
      for (let i = 0; i < 11; i++) statuses.push((await (i % 2 ? one : other).get('/api/config', from(`203.0.113.${address}`))).status);
      return statuses.at(-1) === 429;
    });
  });
});
