// Accounts by their owners and by the administrator: letters and what their links do, passwords, sessions, roles. Letters are noted down
// by the database when they are ordered; one is read as it was sent.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { simpleParser } from 'mailparser';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

const PASSWORD = 'a long enough password';
const OTHER = 'another long password';
const AGENT = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const APPLICATION = { ownerCategory: 'none', invoiceName: '山田牧場', invoiceAddress: '北海道日高郡', declaresNoAntisocialForces: true };

describe('accounts', () => {
  let stack, api, admin, people = 0;
  before(async () => {
    stack = await Stack.start({ nodes: 1, env: { PUBLIC_URL: 'https://seri.test/' } });
    api = stack.api;
    sql(`CREATE TABLE ordered (LIKE jobs);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO ordered SELECT NEW.*; RETURN NULL; END $$;
         CREATE TRIGGER note AFTER INSERT ON jobs FOR EACH ROW WHEN (NEW.kind = 'mail') EXECUTE FUNCTION note()`);
    admin = await stack.user('admin', 'admin');
  });
  after(() => stack?.stop());

  const sql = (text) => stack.database.sql(text);
  const json = (text) => JSON.parse(sql(`SELECT coalesce(json_agg(x), '[]') FROM (${text}) AS x`));
  const address = () => `person${++people}@example.test`;
  const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
  /** The letters about the account that has this address, oldest first: {template, address, link, token}. */
  const letters = (email) => json(`SELECT payload->>'template' AS template, payload->>'address' AS address, payload->'data'->>'link' AS link
    FROM ordered o JOIN users u ON u.id = (payload->>'userId')::bigint WHERE u.email = ${quoted(email)} ORDER BY o.id`)
    .map((letter) => ({ ...letter, token: letter.link?.split('token=')[1] }));
  const register = async (email, password = PASSWORD, name = '新規 太郎') => (await api.post('/api/auth/register', { email, password, name, language: 'en' })).expect(202);
  const login = (email, password = PASSWORD, headers = {}) => api.post('/api/auth/login', { email, password, native: true }, { headers });
  const loggedIn = async (email, password, headers) => {
    const { accessToken, refreshToken, user } = (await login(email, password, headers)).expect(200);
    return { api: api.as(accessToken), token: accessToken, refreshToken, user, email };
  };
  /** Somebody new, logged in, with a confirmed address. */
  const person = async () => {
    const email = address();
    await register(email);
    (await api.post('/api/auth/confirm', { token: letters(email)[0].token })).expect(204);
    return loggedIn(email);
  };
  const refresh = (refreshToken, headers = {}) => api.post('/api/auth/refresh', { refreshToken }, { headers });
  const etagOf = async (path) => (await admin.api.get(path)).headers.get('etag');
  const change = async (id, body) => admin.api.patch(`/api/users/${id}`, body, await etagOf(`/api/users/${id}`));
  const audited = (action, userId) => Number(sql(`SELECT count(*) FROM audit_log WHERE action = '${action}' AND user_id = ${userId}`));

  describe('the address', () => {
    it('is confirmed by the link of a letter; until then its owner may log in and not become a bidder', async () => {
      const email = address();
      await register(email);
      const [letter] = letters(email);
      assert.equal(letter.template, 'confirm_email');
      assert.match(letter.link, /^https:\/\/seri\.test\/confirm\?token=[\w-]{43}$/);
      assert.equal(sql(`SELECT count(*) FROM account_tokens WHERE token_digest = sha256('${letter.token}')`), '1', 'only the digest is kept');
      const { user, api: me } = await loggedIn(email);
      assert.equal(user.emailConfirmed, false);
      const sale = await stack.sale();
      const office = await stack.office();
      (await office.api.post(`/api/sales/${sale.id}/registrations`, { userId: user.id })).refused('EMAIL_UNCONFIRMED', 403);
      (await change(user.id, { role: 'bidder' })).refused('EMAIL_UNCONFIRMED', 403);
      (await me.request('PUT', `/api/sales/${sale.id}/registrations/me`, { body: APPLICATION })).refused('EMAIL_UNCONFIRMED', 403);
      for (let i = 0; i < 2; i++) (await api.post('/api/auth/confirm', { token: letter.token })).expect(204);
      assert.equal((await loggedIn(email)).user.emailConfirmed, true);
      (await me.request('PUT', `/api/sales/${sale.id}/registrations/me`, { body: APPLICATION })).expect(201);
      (await office.api.post(`/api/sales/${sale.id}/registrations`, { userId: user.id })).expect(200);
    });

    it('is written to in a letter that anybody can read, and the link is not kept', async () => {
      const email = address();
      await register(email);
      const [{ link }] = letters(email);
      const folder = join(stack.folder.path, 'mail');
      const sent = await until('the letter', async () => {
        const texts = readdirSync(folder).filter((name) => name.endsWith('.eml')).map((name) => readFileSync(join(folder, name)));
        return texts.find((text) => text.includes(email));
      });
      const letter = await simpleParser(sent);
      assert.equal(letter.to.text, email);
      assert.ok(letter.text.includes(link), letter.text);
      assert.ok(letter.text.startsWith('Hello,\n') && !letter.text.includes('新規 太郎'), 'to a stranger, perhaps, we say nothing that another has written');
      await until('the link to be forgotten', () => sql(`SELECT count(*) FROM jobs WHERE payload::text LIKE '%${link.split('=')[1]}%'`) === '0');
    });

    it('gets another letter on demand, but not more than five an hour, and none once it is confirmed', async () => {
      const email = address();
      await register(email);
      const me = await loggedIn(email);
      for (let i = 0; i < 6; i++) (await me.api.post('/api/auth/confirm/again')).expect(202);
      assert.equal(letters(email).length, 5);
      (await api.post('/api/auth/confirm', { token: letters(email).at(-1).token })).expect(204);
      sql(`UPDATE account_tokens SET created_at = created_at - interval '2 hours' WHERE user_id = ${me.user.id}`);
      (await me.api.post('/api/auth/confirm/again')).expect(202);
      assert.equal(letters(email).length, 5);
      (await api.post('/api/auth/confirm/again')).refused('UNAUTHENTICATED', 401);
    });

    it('is not confirmed by a link that is unknown, expired or for another purpose', async () => {
      const email = address();
      await register(email);
      const [{ token }] = letters(email);
      (await api.post('/api/auth/password/reset', { token, password: OTHER })).refused('LINK_INVALID', 410);
      sql("UPDATE account_tokens SET expires_at = now() - interval '1 second' WHERE used_at IS NULL");
      for (const bad of [token, 'A'.repeat(43), '%'.repeat(43)]) (await api.post('/api/auth/confirm', { token: bad })).refused('LINK_INVALID', 410);
    });

    it('belongs to whoever can read its letters, not to whoever registers it first', async () => {
      const email = address();
      await register(email, PASSWORD, 'Squatter');
      const squatter = await loggedIn(email);
      await register(email.toUpperCase(), OTHER, 'Owner');
      (await login(email, OTHER)).refused('BAD_CREDENTIALS', 401);
      const [first, second] = letters(email);
      (await api.post('/api/auth/confirm', { token: second.token })).expect(204);
      (await squatter.api.get('/api/auth/me')).refused('UNAUTHENTICATED', 401);
      (await login(email)).refused('BAD_CREDENTIALS', 401);
      assert.equal((await loggedIn(email, OTHER)).user.name, 'Owner');
      await api.post('/api/auth/confirm', { token: first.token });
      (await login(email, OTHER)).expect(200);
    });

    it('is not betrayed by registering or forgetting: answer and headers are the same, only the letters differ', async () => {
      const { email, user } = await person();
      const unknown = address();
      const shape = (answer) => JSON.stringify([answer.status, answer.text, [...answer.headers.keys()].sort()]);
      const body = { password: OTHER, name: 'x' };
      const answers = [await api.post('/api/auth/register', { email: unknown, ...body }), await api.post('/api/auth/register', { email: email.toUpperCase(), ...body })];
      assert.equal(shape(answers[0]), shape(answers[1]));
      const forgotten = [await api.post('/api/auth/password/forgotten', { email: 'nobody@example.test' }), await api.post('/api/auth/password/forgotten', { email })];
      assert.equal(shape(forgotten[0]), shape(forgotten[1]));
      assert.deepEqual(letters(email).map(({ template }) => template), ['confirm_email', 'already_registered', 'reset_password']);
      assert.equal((await loggedIn(email)).user.name, user.name);
    });

    it('can be changed: the new one is confirmed first, the old one is told', async () => {
      const me = await person();
      const email = address();
      (await me.api.post('/api/auth/email', { currentPassword: OTHER, email })).refused('WRONG_PASSWORD', 403);
      (await me.api.post('/api/auth/email', { currentPassword: PASSWORD, email: 'nowhere' })).refused('INVALID_MESSAGE', 400);
      (await me.api.post('/api/auth/email', { currentPassword: PASSWORD, email: admin.email })).expect(202);
      (await me.api.post('/api/auth/email', { currentPassword: PASSWORD, email })).expect(202);
      const asked = letters(me.email).slice(1);
      assert.deepEqual(asked.map((letter) => [letter.template, letter.address]), [['confirm_new_email', email]]);
      (await login(email)).refused('BAD_CREDENTIALS', 401);
      (await api.post('/api/auth/confirm', { token: asked[0].token })).expect(204);
      (await login(email)).expect(200);
      (await login(me.email)).refused('BAD_CREDENTIALS', 401);
      assert.deepEqual([letters(email).at(-1).template, letters(email).at(-1).address], ['email_changed', me.email]);
      assert.equal((await me.api.get('/api/auth/me')).expect(200).email, email, 'the session goes on');
    });

    it('that somebody took while its letter was under way stays theirs', async () => {
      const [me, email] = [await person(), address()];
      (await me.api.post('/api/auth/email', { currentPassword: PASSWORD, email })).expect(202);
      await register(email);
      (await api.post('/api/auth/confirm', { token: letters(me.email).at(-1).token })).refused('LINK_INVALID', 410);
      assert.equal((await me.api.get('/api/auth/me')).expect(200).email, me.email);
    });
  });

  describe('passwords', () => {
    it('change with the current one, and end all other sessions', async () => {
      const me = await person();
      const elsewhere = await loggedIn(me.email);
      (await me.api.post('/api/auth/password', { currentPassword: OTHER, newPassword: OTHER })).refused('WRONG_PASSWORD', 403);
      (await me.api.post('/api/auth/password', { currentPassword: PASSWORD, newPassword: 'short' })).refused('INVALID_MESSAGE', 400);
      (await me.api.post('/api/auth/password', { currentPassword: PASSWORD, newPassword: OTHER })).expect(204);
      (await me.api.get('/api/auth/me')).expect(200);
      (await elsewhere.api.get('/api/auth/me')).refused('UNAUTHENTICATED', 401);
      (await refresh(elsewhere.refreshToken)).refused('UNAUTHENTICATED', 401);
      (await login(me.email)).refused('BAD_CREDENTIALS', 401);
      (await login(me.email, OTHER)).expect(200);
      assert.equal(letters(me.email).at(-1).template, 'password_changed');
      assert.equal(audited('password_changed', me.user.id), 1);
    });

    it('are chosen anew by a link that serves once, which ends every session and confirms the address', async () => {
      const email = address();
      await register(email);
      const me = await loggedIn(email);
      for (let i = 0; i < 2; i++) (await api.post('/api/auth/password/forgotten', { email: email.toUpperCase() })).expect(202);
      const [, first, second] = letters(email);
      assert.equal(first.template, 'reset_password');
      assert.match(first.link, /^https:\/\/seri\.test\/reset\?token=/);
      (await api.post('/api/auth/confirm', { token: first.token })).refused('LINK_INVALID', 410);
      (await api.post('/api/auth/password/reset', { token: first.token, password: 'short' })).refused('INVALID_MESSAGE', 400);
      (await api.post('/api/auth/password/reset', { token: first.token, password: OTHER })).expect(204);
      for (const { token } of [first, second]) (await api.post('/api/auth/password/reset', { token, password: PASSWORD })).refused('LINK_INVALID', 410);
      (await me.api.get('/api/auth/me')).refused('UNAUTHENTICATED', 401);
      (await login(email)).refused('BAD_CREDENTIALS', 401);
      assert.equal((await loggedIn(email, OTHER)).user.emailConfirmed, true);
    });

    it('are not chosen anew by a link that is older than an hour', async () => {
      const { email } = await person();
      (await api.post('/api/auth/password/forgotten', { email })).expect(202);
      const { token } = letters(email).at(-1);
      const lifetime = sql(`SELECT round(extract(epoch FROM expires_at - created_at)) FROM account_tokens WHERE token_digest = sha256('${token}')`);
      assert.equal(lifetime, '3600');
      sql(`UPDATE account_tokens SET expires_at = now() WHERE token_digest = sha256('${token}')`);
      (await api.post('/api/auth/password/reset', { token, password: OTHER })).refused('LINK_INVALID', 410);
    });

    it('hashed with weaker parameters are hashed anew at the next log-in', async () => {
      const { email } = await person();
      // argon2id of PASSWORD, m=8 KiB, t=1, p=1
      sql(`UPDATE users SET password_hash = '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$R+621/DprXFa1b2jH72UeboAf8XTDI2KxwCe1tdB1cM' WHERE email = '${email}'`);
      (await login(email)).expect(200);
      assert.match(sql(`SELECT password_hash FROM users WHERE email = '${email}'`), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      (await login(email)).expect(200);
    });
  });

  describe('sessions', () => {
    it('rotate their refresh token, and end when an old one is used again', async () => {
      const { email } = await person();
      for (const delay of ['none', 'past the grace']) {
        const me = await loggedIn(email);
        let latest = (await refresh(me.refreshToken)).expect(200);
        if (delay === 'none') latest = (await refresh(latest.refreshToken)).expect(200);
        else sql(`UPDATE sessions SET spent_at = spent_at - interval '31 seconds' WHERE user_id = ${me.user.id}`);
        (await refresh(me.refreshToken)).refused('TOKEN_REUSED', 401);
        (await refresh(latest.refreshToken)).expect(401);
        (await api.as(latest.accessToken).get('/api/auth/me')).refused('UNAUTHENTICATED', 401);
      }
    });

    it('survive a refresh whose answer was lost, and one by many tabs at once: all get the same token', async () => {
      const me = await person();
      const answers = await Promise.all(Array.from({ length: 12 }, () => refresh(me.refreshToken)));
      const tokens = new Set(answers.map((answer) => answer.expect(200).refreshToken));
      assert.equal(tokens.size, 1);
      assert.notEqual([...tokens][0], me.refreshToken);
      const next = (await refresh([...tokens][0])).expect(200);
      (await refresh(next.refreshToken)).expect(200);
    });

    it('do not survive an old refresh token from another kind of client, even at once', async () => {
      const me = await person();
      const { refreshToken } = (await refresh(me.refreshToken)).expect(200);
      (await refresh(me.refreshToken, { 'user-agent': 'thief/1.0' })).refused('TOKEN_REUSED', 401);
      (await refresh(refreshToken)).expect(401);
    });

    it('are listed with what one recognises them by, and end one by one or all others', async () => {
      const me = await person();
      const windows = await loggedIn(me.email, PASSWORD, { 'user-agent': AGENT, 'x-forwarded-for': '192.0.2.7' });
      const third = await loggedIn(me.email);
      const { items, next } = (await me.api.get('/api/auth/sessions')).expect(200);
      assert.deepEqual([items.length, next], [3, null]);
      assert.deepEqual(items.map(({ current }) => current), [false, false, true]);
      const found = items.find(({ userAgent }) => userAgent === AGENT);
      assert.deepEqual([found.device, found.address], ['Chrome · Windows', '192.0.2.7']);
      const page = (await me.api.get('/api/auth/sessions?limit=2')).expect(200);
      assert.deepEqual((await me.api.get(`/api/auth/sessions?limit=2&after=${page.next}`)).expect(200).items, items.slice(2));

      const live = await stack.client(windows, 0);
      (await me.api.request('DELETE', `/api/auth/sessions/${found.id}`)).expect(204);
      assert.equal((await live.closed).code, 4401, 'its live connection is closed');
      (await windows.api.get('/api/auth/me')).refused('UNAUTHENTICATED', 401);
      (await me.api.request('DELETE', `/api/auth/sessions/${found.id}`)).refused('NOT_FOUND', 404);
      const others = (await admin.api.get('/api/auth/sessions')).expect(200).items;
      (await me.api.request('DELETE', `/api/auth/sessions/${others[0].id}`)).refused('NOT_FOUND', 404);
      (await me.api.request('DELETE', '/api/auth/sessions')).expect(204);
      (await third.api.get('/api/auth/me')).refused('UNAUTHENTICATED', 401);
      assert.deepEqual((await me.api.get('/api/auth/sessions')).expect(200).items.map(({ current }) => current), [true]);
      (await admin.api.get('/api/auth/me')).expect(200);
    });

    it('end everywhere by one log-out', async () => {
      const me = await person();
      const elsewhere = await loggedIn(me.email);
      (await me.api.post('/api/auth/logout', { everywhere: true })).expect(204);
      for (const session of [me, elsewhere]) (await session.api.get('/api/auth/me')).refused('UNAUTHENTICATED', 401);
      (await refresh(elsewhere.refreshToken)).expect(401);
    });
  });

  it('lets people change their own name and language, and nothing else', async () => {
    const me = await person();
    const shown = await me.api.get('/api/auth/me');
    const etag = shown.headers.get('etag');
    const changed = (await me.api.patch('/api/auth/me', { name: '改名 花子', language: 'ja' }, etag)).expect(200);
    assert.deepEqual([changed.name, changed.language, changed.role], ['改名 花子', 'ja', 'viewer']);
    (await me.api.patch('/api/auth/me', { name: 'x' }, etag)).refused('PRECONDITION_FAILED', 412);
    (await me.api.patch('/api/auth/me', { name: 'x' })).refused('PRECONDITION_REQUIRED', 428);
    (await me.api.patch('/api/auth/me', { role: 'admin' }, '*')).refused('INVALID_MESSAGE', 400);
  });

  describe('the administrator', () => {
    it('finds accounts by name, address, role and state, page by page', async () => {
      const { user } = await person();
      const list = async (query) => (await admin.api.get(`/api/users?${query}`)).expect(200);
      assert.deepEqual((await list(`q=${user.email.toUpperCase()}`)).items, [user]);
      assert.ok((await list('role=admin')).items.every(({ role }) => role === 'admin'));
      assert.ok((await list('emailConfirmed=false&active=true')).items.every(({ emailConfirmed, active }) => !emailConfirmed && active));
      const first = await list('limit=1');
      assert.ok((await list(`limit=1&after=${first.next}`)).items[0].id > first.items[0].id);
      for (const query of ['role=owner', 'active=maybe', 'after=x']) (await admin.api.get(`/api/users?${query}`)).refused('INVALID_MESSAGE', 400);
      assert.deepEqual((await admin.api.get(`/api/users/${user.id}`)).expect(200), user);
      (await admin.api.get('/api/users/999999')).refused('NOT_FOUND', 404);
      assert.equal((await admin.api.get(`/api/users/${user.id}/sessions`)).expect(200).items.length, 1);
      (await admin.api.get('/api/users/999999/sessions')).refused('NOT_FOUND', 404);
    });

    it('enters accounts, with a password or with a letter by which its owner chooses one', async () => {
      const [email, invited] = [address(), address()];
      const made = await admin.api.post('/api/users', { email, name: '主催 者', role: 'auctioneer', password: PASSWORD });
      assert.equal(made.headers.get('location'), `/api/users/${made.expect(201).id}`);
      assert.deepEqual([made.json.role, made.json.emailConfirmed], ['auctioneer', true]);
      (await login(email)).expect(200);
      (await admin.api.post('/api/users', { email: email.toUpperCase(), name: 'x' })).refused('EMAIL_TAKEN', 409);
      (await admin.api.post('/api/users', { email: 'nowhere', name: 'x' })).refused('INVALID_MESSAGE', 400);
      (await admin.api.post('/api/users', { email: invited, name: 'Guest' })).expect(201);
      const [letter] = letters(invited);
      assert.equal(letter.template, 'invitation');
      (await api.post('/api/auth/password/reset', { token: letter.token, password: OTHER })).expect(204);
      (await login(invited, OTHER)).expect(200);
    });

    it('changes a role and closes an account, which live connections feel within five seconds', async () => {
      const me = await person();
      const sale = await stack.sale();
      const lot = await stack.lot(sale.id);
      const live = await stack.client(me, 0);
      const etag = await etagOf(`/api/users/${me.user.id}`);
      (await admin.api.patch(`/api/users/${me.user.id}`, { role: 'bidder', name: '購買 者' }, etag)).expect(200);
      (await admin.api.patch(`/api/users/${me.user.id}`, { role: 'viewer' }, etag)).refused('PRECONDITION_FAILED', 412);
      (await admin.api.patch(`/api/users/${me.user.id}`, { role: 'viewer' })).refused('PRECONDITION_REQUIRED', 428);
      (await admin.api.patch('/api/users/999999', {}, '*')).refused('NOT_FOUND', 404);
      await until('the role to be known', async () => (await live.bid(lot, 1000000)).error.code === 'NOT_APPROVED', 5);
      const began = Date.now();
      (await change(me.user.id, { active: false })).expect(200);
      assert.equal((await live.closed).code, 4401);
      assert.ok(Date.now() - began < 5000);
      (await me.api.get('/api/auth/me')).refused('UNAUTHENTICATED', 401);
      (await refresh(me.refreshToken)).expect(401);
      (await login(me.email)).refused('BAD_CREDENTIALS', 401);
      await register(me.email);
      (await api.post('/api/auth/password/forgotten', { email: me.email })).expect(202);
      assert.deepEqual(letters(me.email).map(({ template }) => template), ['confirm_email'], 'a closed account gets no letters');
      (await change(me.user.id, { active: true })).expect(200);
      (await login(me.email)).expect(200);
      assert.equal(audited('user_changed', admin.id) >= 3, true);
    });

    it('logs somebody out everywhere', async () => {
      const me = await person();
      (await admin.api.request('DELETE', `/api/users/${me.user.id}/sessions`)).expect(204);
      (await me.api.get('/api/auth/me')).refused('UNAUTHENTICATED', 401);
      (await admin.api.request('DELETE', '/api/users/999999/sessions')).refused('NOT_FOUND', 404);
    });

    it('cannot change the own role or close the own account, so that one always remains', async () => {
      const mine = `/api/users/${admin.id}`;
      for (const body of [{ role: 'viewer' }, { active: false }]) (await change(admin.id, body)).refused('OWN_ACCOUNT', 409);
      (await admin.api.request('DELETE', mine, { headers: { 'if-match': '*' } })).refused('OWN_ACCOUNT', 409);
      (await change(admin.id, { name: 'Admin', role: 'admin' })).expect(200);

      const others = await Promise.all(['one', 'two'].map((name) => stack.user(`admin-${name}`, 'admin')));
      const demote = (actor, target) => actor.api.patch(`/api/users/${target.id}`, { role: 'viewer' }, '*');
      const answers = await Promise.all([demote(others[0], others[1]), demote(others[1], others[0])]);
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 403], 'of two who demote each other one remains');
    });

    it('erases an account: nothing personal is left, the address is free, the number stays', async () => {
      const me = await person();
      const sale = await stack.sale();
      const lot = await stack.lot(sale.id);
      const office = await stack.office();
      (await me.api.request('PUT', `/api/sales/${sale.id}/registrations/me`, { body: APPLICATION })).expect(201);
      (await office.api.post(`/api/sales/${sale.id}/registrations`, { userId: me.user.id })).expect(200);
      const live = await stack.client(await loggedIn(me.email), 0);
      assert.equal((await live.bid(lot, 1000000)).ok, true);
      const path = `/api/users/${me.user.id}`;
      const erase = (etag) => admin.api.request('DELETE', path, { headers: etag ? { 'if-match': etag } : {} });
      (await erase('*')).refused('USER_LEADING', 409);
      await stack.command(lot, 'withdraw', { expectedSeq: (await stack.auction(lot)).seq, reason: '欠場' });
      (await erase()).refused('PRECONDITION_REQUIRED', 428);
      (await erase('"0"')).refused('PRECONDITION_FAILED', 412);
      (await erase(await etagOf(path))).expect(204);
      assert.equal((await live.closed).code, 4401);
      for (const again of [await erase('*'), await admin.api.get(path), await admin.api.patch(path, {}, '*')]) again.refused('NOT_FOUND', 404);
      (await login(me.email)).refused('BAD_CREDENTIALS', 401);
      const left = sql(`SELECT row_to_json(u) FROM users u WHERE id = ${me.user.id}`);
      assert.ok(!left.includes(me.email) && !left.includes(me.user.name), left);
      assert.equal(sql(`SELECT count(*) FROM sessions WHERE user_id = ${me.user.id} AND (address IS NOT NULL OR user_agent IS NOT NULL)`), '0');
      assert.equal(sql(`SELECT count(*) FROM registrations WHERE user_id = ${me.user.id} AND (invoice_name, invoice_address) IS NOT NULL`), '0');
      assert.equal((await api.get(`/api/auctions/${lot}/verification`)).expect(200).valid, true);
      await register(me.email);
      assert.notEqual((await loggedIn(me.email)).user.id, me.user.id);
    });
  });
});

describe('guessing', () => {
  let stack;
  before(async () => {
    stack = await Stack.start({ nodes: 0, env: { LIMIT_LOGIN_PER_MINUTE: '3', LIMIT_LOGIN_ACCOUNT_PER_MINUTE: '5', LIMIT_LOGIN_ADDRESS_PER_MINUTE: '8' } });
  });
  after(() => stack?.stop());

  const attempt = (email, from, path = '/api/auth/login', body = { password: 'not the password' }) =>
    stack.api.post(path, { email, ...body }, { headers: { 'x-forwarded-for': from } }).then(({ status }) => status);

  it('is slowed down by account and address together, by account from everywhere, and by address', async () => {
    const statuses = async (...attempts) => {
      const found = [];
      for (const [email, from] of attempts) found.push(await attempt(email, from));
      return found;
    };
    const a = 'a@example.test';
    assert.deepEqual(await statuses([a, '192.0.2.1'], [a, '192.0.2.1'], ['A@example.test', '192.0.2.1'], [a, '192.0.2.1']), [401, 401, 401, 429]);
    assert.deepEqual(await statuses([a, '192.0.2.2'], [a, '192.0.2.3'], [a, '192.0.2.4'], ['b@example.test', '192.0.2.4']), [401, 401, 429, 401]);
    for (let i = 0; i < 8; i++) assert.equal(await attempt(`c${i}@example.test`, '192.0.2.5'), 401);
    assert.equal(await attempt('c9@example.test', '192.0.2.5'), 429);
    assert.equal(await attempt('c9@example.test', '192.0.2.5', '/api/auth/password/forgotten', {}), 429, 'other attempts count with them');
    assert.equal(await attempt('c9@example.test', '192.0.2.6', '/api/auth/password/forgotten', {}), 202);
  });

  it('takes as long for an address that nobody has as for a wrong password', async () => {
    const { email } = await stack.user('somebody');
    const median = async (of, tag) => {
      const times = [];
      for (let i = 0; i < 3; i++) {
        const began = process.hrtime.bigint();
        assert.equal(await attempt(of(i), `198.51.${tag}.${i}`), 401);
        times.push(Number(process.hrtime.bigint() - began) / 1e6);
      }
      return times.sort((x, y) => x - y)[1];
    };
    const [known, unknown] = [await median(() => email, 1), await median((i) => `nobody${i}@example.test`, 2)];
    assert.ok(unknown > known / 3 && known > unknown / 3, `${known} ms, ${unknown} ms`);
  });
});
