// Many at once where only one may win: the office's edits of one version, administrators against each other, one address, one lot
// number, one place on a list. Each race is run several times; whoever loses is told so, and nothing is half done.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

const ROUNDS = 5;
const MANY = 12;
const HORSE = { sex: 'male', coatColour: 'bay', foaledOn: '2025-03-09', sireJa: '父', damJa: '母' };

describe('many at once', () => {
  let stack, office, admin;
  before(async () => {
    stack = await Stack.start({ nodes: 0 });
    office = (await stack.office()).api;
    admin = (await stack.user('admin', 'admin')).api;
  });
  after(() => stack?.stop());

  const sql = (text) => stack.database.sql(text);
  const all = (count, ask) => Promise.all(Array.from({ length: count }, (_, i) => ask(i)));
  const counts = (answers) => Object.fromEntries([...new Set(answers.map(({ status }) => status))].sort().map((status) => [status, answers.filter((answer) => answer.status === status).length]));

  it('change one version of a thing: one of them does, the others are told', async () => {
    const sale = await stack.sale();
    const lot = await stack.lot(sale.id, { until: 'draft' });
    const horse = (await office.post('/api/horses', HORSE)).expect(201);
    const party = (await office.post('/api/parties', { name: '牧場' })).expect(201);
    const medium = (await office.post(`/api/horses/${horse.id}/media/links`, { link: 'https://video.example/x' })).expect(201);
    const user = await stack.user('somebody');
    const cases = [
      [office, `/api/sales/${sale.id}`, (i) => ({ nameEn: `sale ${i}` })],
      [office, `/api/auctions/${lot}`, (i) => ({ startPrice: 10000 * (i + 1) })],
      [office, `/api/horses/${horse.id}`, (i) => ({ nameEn: `horse ${i}` })],
      [office, `/api/parties/${party.id}`, (i) => ({ phone: `${i}` })],
      [office, `/api/media/${medium.id}`, (i) => ({ caption: `${i}` })],
      [admin, `/api/users/${user.id}`, (i) => ({ name: `name ${i}` })],
      [user.api, '/api/auth/me', (i) => ({ name: `own ${i}` })],
    ];
    for (const [api, path, body] of cases) {
      const etag = (await api.get(path)).headers.get('etag');
      assert.deepEqual(counts(await all(MANY, (i) => api.patch(path, body(i), etag))), { 200: 1, 412: MANY - 1 }, path);
    }
  });

  it('are administrators who demote each other: one always remains', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [one, two] = await Promise.all(['one', 'two'].map((name) => stack.user(`${name}${round}`, 'admin')));
      sql(`UPDATE users SET role = 'viewer' WHERE role = 'admin' AND id NOT IN (${one.id}, ${two.id})`);
      const demote = (by, whom) => by.api.patch(`/api/users/${whom.id}`, round % 2 ? { active: false } : { role: 'viewer' }, '*');
      const answers = await Promise.all([demote(one, two), demote(two, one)]);
      assert.deepEqual(answers.filter(({ status }) => status === 200).length, 1, JSON.stringify(counts(answers)));
      assert.equal(sql("SELECT count(*) FROM users WHERE role = 'admin' AND active"), '1');
    }
    sql("UPDATE users SET role = 'admin', active = true WHERE email = 'admin@example.test'");
  });

  it('erase a bidder while a bid of his is appended: neither waits for the other in a circle', async () => {
    const sale = await stack.sale();
    const bidder = await stack.bidder('leaving', sale.id);
    const psql = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', stack.database.url], { stdio: ['pipe', 'ignore', 'inherit'] });
    const ended = once(psql, 'exit');
    const waiting = (count) => until(`${count} that waits`, () => sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") === count);
    // What an append does, in its order: the bidder's registration for the exposure, then the bidder's row for the lot's leader.
    psql.stdin.write(`BEGIN; SET LOCAL lock_timeout = '2s'; UPDATE registrations SET exposure = exposure WHERE user_id = ${bidder.id};\n`);
    await until('the registration to be held', () => sql(`SELECT count(*) FROM (SELECT FROM registrations WHERE user_id = ${bidder.id} FOR UPDATE SKIP LOCKED) AS free`) === '0');
    const erased = admin.request('DELETE', `/api/users/${bidder.id}`, { headers: { 'if-match': '*' } });
    await waiting('1');
    psql.stdin.end(`SELECT FROM users WHERE id = ${bidder.id} FOR KEY SHARE; COMMIT;\n`);
    assert.deepEqual(await ended, [0, null]);
    (await erased).expect(204);
  });

  it('register one address: there is one account, and the answers do not tell', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const body = { email: `Same${round}@example.test`, password: 'a long enough password', name: '同時' };
      assert.deepEqual(counts(await all(MANY, (i) => stack.api.post('/api/auth/register', { ...body, email: i % 2 ? body.email : body.email.toLowerCase() }))), { 202: MANY });
      assert.equal(sql(`SELECT count(*) FROM users WHERE lower(email) = 'same${round}@example.test'`), '1');
      assert.ok(Number(sql(`SELECT count(*) FROM jobs WHERE kind = 'mail' AND (payload->>'userId')::bigint = (SELECT id FROM users WHERE lower(email) = 'same${round}@example.test')`)) <= 5, 'five letters an hour');
    }
  });

  it('enter a lot under one number, or a party under one name: one is there', async () => {
    const sale = await stack.sale();
    const horses = await all(MANY, async () => (await office.post('/api/horses', HORSE)).expect(201));
    assert.deepEqual(counts(await all(MANY, (i) => office.post('/api/auctions', { saleId: sale.id, horseId: horses[i].id, lotNumber: 7, startPrice: 10000 }))), { 201: 1, 409: MANY - 1 });
    assert.deepEqual(counts(await all(MANY, () => office.post('/api/parties', { name: '一つの名' }))), { 201: 1, 409: MANY - 1 });
    // A horse that names a consignor by a name that nobody has: one party, and every horse has it.
    await all(MANY, async () => (await office.post('/api/horses', { ...HORSE, consignor: '新しい牧場' })).expect(201));
    assert.equal(sql("SELECT count(*) FROM parties WHERE name = '新しい牧場'"), '1');
  });

  it('reorder the lots of a sale: every order is whole', async () => {
    const sale = await stack.sale();
    const lots = [];
    for (let i = 0; i < 6; i++) lots.push(await stack.lot(sale.id, { until: 'draft', lotNumber: i + 1 }));
    const turned = (by) => ({ lots: lots.map((auctionId, i) => ({ auctionId, lotNumber: ((i + by) % lots.length) + 1 })) });
    for (const { status } of await all(MANY, (by) => office.post(`/api/sales/${sale.id}/lots/order`, turned(by)))) assert.equal(status, 200);
    const numbers = (await office.get(`/api/auctions?saleId=${sale.id}`)).expect(200).items;
    const at = lots.map((id) => numbers.find((lot) => lot.id === id).lotNumber);
    assert.ok(at.every((number, i) => number === ((at[0] - 1 + i) % lots.length) + 1), `${at}`);
  });

  it('disclose a correction of one entry: one takes its place', async () => {
    const { id } = (await office.post('/api/horses', { ...HORSE, disclosures: 'さく癖' })).expect(201);
    const path = `/api/horses/${id}/disclosures`;
    const [{ id: supersedes }] = (await office.get(path)).expect(200).items;
    const answers = await all(MANY, (i) => office.post(path, { dated: '2026-07-01', text: `訂正${i}`, supersedes, reason: '再検査' }));
    assert.deepEqual(counts(answers), { 201: 1, 409: MANY - 1 });
  });

  it('follow one link of a letter: a password is chosen once', async () => {
    const { email } = await stack.user('forgetful');
    sql(`CREATE TABLE IF NOT EXISTS seen AS SELECT payload FROM jobs LIMIT 0;
         CREATE OR REPLACE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES (NEW.payload); RETURN NULL; END $$;
         CREATE OR REPLACE TRIGGER see AFTER INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION see()`);
    (await stack.api.post('/api/auth/password/forgotten', { email })).expect(202);
    const token = sql("SELECT payload->'data'->>'link' FROM seen WHERE payload->>'template' = 'reset_password'").split('token=')[1];
    const answers = await all(MANY, (i) => stack.api.post('/api/auth/password/reset', { token, password: `the password of ${i}` }));
    assert.deepEqual(counts(answers), { 204: 1, 410: MANY - 1 });
    const winner = answers.findIndex(({ status }) => status === 204);
    (await stack.api.post('/api/auth/login', { email, password: `the password of ${winner}` })).expect(200);
  });

  it('approve, revoke and withdraw one registration: it is one of these, and the paddle is one', async () => {
    const sale = await stack.sale();
    for (let round = 0; round < ROUNDS; round++) {
      const user = await stack.user(`wavering${round}`);
      const me = `/api/sales/${sale.id}/registrations/me`;
      const application = { ownerCategory: 'none', invoiceName: '山田', invoiceAddress: '北海道', declaresNoAntisocialForces: true };
      (await user.api.request('PUT', me, { body: application })).expect(201);
      const path = `/api/sales/${sale.id}/registrations/${user.id}`;
      const answers = await Promise.all([
        office.patch(path, { status: 'approved' }, '*'), office.patch(path, { status: 'rejected', reason: 'x' }, '*'), user.api.request('DELETE', me), user.api.request('PUT', me, { body: application }),
        office.post(`/api/sales/${sale.id}/registrations`, { userId: user.id }),
      ]);
      for (const { status, text } of answers) assert.ok([200, 201, 204, 404, 409].includes(status), text);
      const now = (await office.get(path)).json;
      assert.ok(['applied', 'approved', 'rejected', 'withdrawn'].includes(now.status));
      if (now.status === 'approved') assert.deepEqual([now.paddle > 0, sql(`SELECT role FROM users WHERE id = ${user.id}`)], [true, 'bidder']);
    }
    assert.equal(sql(`SELECT count(*) - count(DISTINCT paddle) FROM registrations WHERE sale_id = ${sale.id} AND paddle IS NOT NULL`), '0');
  });
});
