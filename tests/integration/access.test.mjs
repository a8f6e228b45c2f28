// Who may do what: tokens, sessions, roles, and that changes reach connections that are live.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from './support/client.mjs';
import { Stack } from './support/stack.mjs';

describe('access', () => {
  let stack, sale, lot, aoi;
  before(async () => {
    stack = await Stack.start({ nodes: 1 });
    sale = await stack.sale();
    aoi = await stack.bidder('aoi', sale.id);
    lot = await stack.lot(sale.id);
  });
  after(() => stack.stop());

  const claimsOf = (user) => {
    const { sub, role, sid } = Stack.claims(user.token);
    return { sub, role, sid };
  };

  it('takes a token by subprotocol and by header, never by query', async () => {
    for (const bearer of ['protocol', 'header']) {
      const client = await stack.client(aoi, 0, { bearer });
      assert.equal(client.socket.protocol, 'auction.v1');
      assert.equal((await client.join(lot)).auction.you.paddle, aoi.paddle);
    }
    const query = new Client(`${stack.nodes[0].url}?token=${aoi.token}`);
    await query.opened.then(() => query.join(lot)).then(({ auction }) => assert.equal(auction.you, null), () => {});
    query.terminate();
  });

  const now = Math.floor(Date.now() / 1000);
  const forgeries = {
    expired: () => stack.forge({ ...claimsOf(aoi), exp: now - 1 }),
    'signed with another secret': () => stack.forge(claimsOf(aoi), { secret: 'another-secret-that-is-long-enough-too' }),
    'of algorithm none': () => stack.forge(claimsOf(aoi), { header: { alg: 'none' } }),
    'of an unknown key': () => stack.forge(claimsOf(aoi), { header: { kid: 'other' } }),
    'of another issuer': () => stack.forge({ ...claimsOf(aoi), iss: 'evil' }),
    garbage: () => 'a.b.c',
  };
  for (const [what, forge] of Object.entries(forgeries)) {
    it(`refuses a token that is ${what} with 401, over WebSocket and REST`, async () => {
      const client = new Client(stack.nodes[0].url, { token: forge() });
      await assert.rejects(client.opened, { status: 401 });
      (await stack.api.as(forge()).get('/api/auth/me')).refused('UNAUTHENTICATED', 401);
    });
  }

  it('lets a visitor watch and not bid', async () => {
    const client = await stack.client(null, 0);
    assert.equal((await client.join(lot)).auction.you, null);
    assert.equal((await client.bid(lot, 1000000)).error.code, 'UNAUTHENTICATED');
    const viewer = await stack.client(await stack.user('viewer'), 0);
    assert.equal((await viewer.bid(lot, 1000000)).error.code, 'FORBIDDEN');
  });

  it('warns before a token expires, takes a new one, and closes without', async () => {
    const brief = stack.forge({ ...claimsOf(aoi), exp: Math.floor(Date.now() / 1000) + 4 });
    const renewing = await stack.client({ token: brief }, 0);
    const idle = await stack.client({ token: brief }, 0);
    assert.ok((await renewing.event('auth:expiring')).expiresAtMs > Date.now() - 5000);
    const renewed = await renewing.request('auth:refresh', { token: aoi.token });
    assert.equal(renewed.ok, true);
    assert.equal(renewed.expiresAtMs, Stack.claims(aoi.token).exp * 1000);
    assert.equal((await idle.closed).code, 4401);
    assert.equal((await renewing.join(lot)).ok, true);
  });

  it("does not take somebody else's token for a refresh", async () => {
    const client = await stack.client(aoi, 0);
    const other = await stack.bidder('other', sale.id);
    client.request('auth:refresh', { token: other.token }).catch(() => {});
    assert.equal((await client.closed).code, 4401);
  });

  it('ends live connections of a session that logs out, and makes an approval effective in them', async () => {
    const client = await stack.client(aoi, 0);
    const fan = await stack.user('fan');
    const live = await stack.client(fan, 0);
    assert.equal((await live.bid(lot, 1000000)).error.code, 'FORBIDDEN');
    const office = await stack.office();
    (await office.api.post(`/api/sales/${sale.id}/registrations`, { userId: fan.id })).expect(201);
    let answer;
    for (let i = 0; i < 100 && !answer?.ok; i++) {
      answer = await live.bid(lot, 1000000);
      if (!answer.ok) assert.equal(answer.error.code, 'FORBIDDEN');
      await new Promise((done) => setTimeout(done, 100));
    }
    assert.equal(answer.ok, true, 'a viewer who was approved bids on the same connection');
    (await aoi.api.post('/api/auth/logout', {})).expect(204);
    assert.equal((await client.closed).code, 4401);
  });

  it('registers, logs in with a cookie, and answers wrong passwords and unknown addresses alike', async () => {
    const email = 'new@example.test';
    (await stack.api.post('/api/auth/register', { email, password: 'a long enough password', name: '新規 太郎', language: 'ja' })).expect(202);
    const session = await stack.api.post('/api/auth/login', { email, password: 'a long enough password' });
    const { user, refreshToken } = session.expect(200);
    assert.equal(user.role, 'viewer');
    assert.equal(refreshToken, undefined);
    const cookie = session.headers.get('set-cookie');
    assert.match(cookie, /HttpOnly/i);
    assert.match(cookie, /SameSite=Strict/i);
    (await stack.api.post('/api/auth/refresh', undefined, { headers: { cookie: cookie.split(';')[0] } })).expect(200);
    const wrong = (await stack.api.post('/api/auth/login', { email, password: 'not the password' })).refused('BAD_CREDENTIALS', 401);
    const unknown = (await stack.api.post('/api/auth/login', { email: 'nobody@example.test', password: 'not the password' })).refused('BAD_CREDENTIALS', 401);
    assert.equal(wrong.title, unknown.title);
  });

  it('answers in the language asked for', async () => {
    const japanese = (await stack.api.get('/api/auth/me', { headers: { 'accept-language': 'ja' } })).refused('UNAUTHENTICATED');
    const english = (await stack.api.get('/api/auth/me', { headers: { 'accept-language': 'en' } })).refused('UNAUTHENTICATED');
    assert.match(japanese.title, /[ぁ-ん]/);
    assert.match(english.title, /^[\x20-\x7e]+$/);
  });
});
