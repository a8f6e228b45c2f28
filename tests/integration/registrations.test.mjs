// Who may bid at a sale: applying, deciding, and that a decision reaches people where they are.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { metric } from './support/metrics.mjs';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

const APPLICATION = {
  ownerCategory: 'nar', ownerNumber: 'N-2468', principal: '有限会社 山田', invoiceName: '山田牧場', invoiceAddress: '北海道日高郡新ひだか町 1-1',
  termsVersion: '2026-1', declaresNoAntisocialForces: true, requestedLimit: 50000000,
};

describe('registrations', () => {
  let stack, office, sale, mine;
  before(async () => {
    stack = await Stack.start({ nodes: 1 });
    office = (await stack.office()).api;
    sale = await stack.sale({ termsVersion: '2026-1', termsUrl: 'https://example.test/terms' });
    mine = `/api/sales/${sale.id}/registrations/me`;
  });
  after(() => stack?.stop());

  const apply = (user, body = {}, headers) => user.api.request('PUT', mine, { body: { ...APPLICATION, ...body }, headers });
  const withdraw = (user, headers) => user.api.request('DELETE', mine, { headers });
  const path = (user) => `/api/sales/${sale.id}/registrations/${user.id}`;
  const decide = (user, body, etag = '*') => office.patch(path(user), body, etag);
  const audit = (user) => stack.database.sql(`SELECT string_agg(action, ' ' ORDER BY id) FROM audit_log WHERE sale_id = ${sale.id} AND coalesce((details->>'userId')::bigint, user_id) = ${user.id}`);

  it('take an application with everything that the office must know, and every fault is named', async () => {
    const user = await stack.user('yamada');
    (await user.api.get(mine)).refused('NOT_FOUND', 404);
    const faults = (await user.api.request('PUT', mine, { body: { ownerCategory: 'jra', invoiceName: '' } })).refused('INVALID_MESSAGE', 400).errors;
    assert.deepEqual(faults.map(({ field }) => field).sort(), ['declaresNoAntisocialForces', 'invoiceAddress', 'invoiceName']);
    const missing = (await apply(user, { ownerNumber: null, declaresNoAntisocialForces: false })).refused('INVALID_MESSAGE').errors;
    assert.deepEqual(missing.map(({ field }) => field), ['ownerNumber', 'declaresNoAntisocialForces']);
    for (const termsVersion of ['2025-1', null]) assert.equal((await apply(user, { termsVersion })).refused('INVALID_MESSAGE').errors[0].field, 'termsVersion');

    const { declaresNoAntisocialForces, ...kept } = APPLICATION;
    const made = (await apply(user)).expect(201);
    assert.deepEqual({ ...made, ...kept }, made);
    assert.deepEqual([made.status, made.paddle, typeof made.declaredAt], ['applied', null, 'string']);
    const changed = await apply(user, { principal: null });
    assert.equal(changed.expect(200).principal, null);
    (await apply(user, {}, { 'if-match': '"1"' })).refused('PRECONDITION_FAILED', 412);
    (await apply(user, {}, { 'if-match': changed.headers.get('etag') })).expect(200);
    (await stack.api.request('PUT', mine, { body: APPLICATION })).refused('UNAUTHENTICATED', 401);
    (await office.request('PUT', mine, { body: APPLICATION })).refused('FORBIDDEN', 403);
    (await user.api.request('PUT', '/api/sales/999999/registrations/me', { body: APPLICATION })).refused('NOT_FOUND', 404);
    const draft = await stack.sale({ status: 'draft' });
    (await user.api.request('PUT', `/api/sales/${draft.id}/registrations/me`, { body: { ...APPLICATION, termsVersion: null } })).refused('NOT_FOUND', 404);
  });

  it('are found and seen by the office and by the person only', async () => {
    const user = await stack.user('suzuki');
    (await apply(user, { ownerNumber: 'N-777', invoiceName: '鈴木 Stable' })).expect(201);
    const find = async (query) => (await office.get(`/api/sales/${sale.id}/registrations?${new URLSearchParams(query)}`)).expect(200).items.map(({ userId }) => userId);
    assert.deepEqual(await find({ status: 'applied', q: 'stable' }), [user.id]);
    assert.deepEqual(await find({ q: 'N-777' }), [user.id]);
    assert.deepEqual(await find({ q: 'suzuki@' }), [user.id]);
    assert.deepEqual(await find({ status: 'approved', q: 'stable' }), []);
    assert.equal((await office.get(path(user))).expect(200).invoiceName, '鈴木 Stable');
    (await office.get(path({ id: 999999 }))).refused('NOT_FOUND', 404);
    for (const api of [user.api, (await stack.user('curious')).api]) (await api.get(path(user))).refused('FORBIDDEN', 403);
  });

  it('make a viewer a bidder on a live connection, and a revocation ends that', async () => {
    const user = await stack.user('tanaka');
    const lot = await stack.lot(sale.id);
    const client = await stack.client(user);
    assert.equal((await client.bid(lot, 1000000)).error.code, 'FORBIDDEN');
    (await apply(user)).expect(201);
    const approved = (await decide(user, { status: 'approved', paddle: 42, creditLimit: 30000000 })).expect(200);
    assert.deepEqual([approved.status, approved.paddle, approved.creditLimit, approved.reason], ['approved', 42, 30000000, null]);
    assert.equal((await user.api.get('/api/auth/me')).expect(200).role, 'bidder', 'REST knows at once');
    const answer = await until('the node to know', async () => {
      const bid = await client.bid(lot, 1000000);
      return (bid.ok || bid.error.code !== 'FORBIDDEN') && bid;
    }, 5);
    assert.equal(answer.ok, true);
    assert.equal((await stack.auction(lot)).leader, 42);

    (await decide(user, { paddle: 43 })).refused('COMMAND_NOT_ALLOWED', 409);
    assert.equal((await decide(user, { creditLimit: null })).expect(200).creditLimit, null);
    (await withdraw(user)).refused('COMMAND_NOT_ALLOWED', 409);
    assert.deepEqual((await decide(user, { status: 'revoked' })).refused('INVALID_MESSAGE').errors[0].field, 'reason');
    assert.equal((await decide(user, { status: 'revoked', reason: '規約違反' })).expect(200).reason, '規約違反');
    assert.equal((await client.bid(lot, null, { maxAmount: 9000000 })).error.code, 'NOT_APPROVED');
    (await apply(user)).refused('COMMAND_NOT_ALLOWED', 409);
    assert.equal(audit(user), 'registration_applied registration_approved registration_changed registration_revoked');
    const told = stack.database.sql(`SELECT string_agg(data->>'decision', ' ' ORDER BY id) FROM notifications WHERE user_id = ${user.id}`);
    assert.equal(told, 'approved revoked');
  });

  it('go only where they can, in the version that was looked at', async () => {
    const user = await stack.user('sato');
    const applied = await apply(user);
    applied.expect(201);
    const etag = applied.headers.get('etag');
    (await office.patch(path(user), { status: 'approved' })).refused('PRECONDITION_REQUIRED', 428);
    (await decide(user, { status: 'revoked', reason: 'x' }, etag)).refused('COMMAND_NOT_ALLOWED', 409);
    (await decide(user, { paddle: 7 }, etag)).refused('COMMAND_NOT_ALLOWED', 409);
    const rejected = await decide(user, { status: 'rejected', reason: '書類の不足' }, etag);
    assert.equal(rejected.expect(200).status, 'rejected');
    (await decide(user, { status: 'approved' }, etag)).refused('PRECONDITION_FAILED', 412);
    assert.equal((await user.api.get(mine)).expect(200).reason, '書類の不足');
    assert.equal((await apply(user)).expect(200).reason, null, 'applied again');
    (await withdraw(user, { 'if-match': etag })).refused('PRECONDITION_FAILED', 412);
    (await withdraw(user)).expect(204);
    (await withdraw(user)).refused('NOT_FOUND', 404);
    (await decide(user, { status: 'approved' })).refused('COMMAND_NOT_ALLOWED', 409);
    (await apply(user)).expect(200);
    const taken = await stack.bidder('holder', sale.id);
    (await decide(user, { status: 'approved', paddle: taken.paddle })).refused('CONFLICT', 409);
    const { paddle } = (await decide(user, { status: 'approved' })).expect(200);
    assert.ok(paddle > 0 && paddle !== taken.paddle, 'the lowest free one');
    assert.equal((await decide(user, { paddle: 4321 })).expect(200).paddle, 4321, 'no bid was made under it');
    (await withdraw(user)).expect(204);
    (await decide({ id: 999999 }, { status: 'approved' })).refused('NOT_FOUND', 404);
    const clerk = await stack.user('clerk');
    (await apply(clerk)).expect(201);
    stack.database.sql(`UPDATE users SET role = 'auctioneer' WHERE id = ${clerk.id}`);
    (await decide(clerk, { status: 'approved' })).refused('COMMAND_NOT_ALLOWED', 409);
  });

  it('are all told to their holder at once, page by page, and none of anybody else', async () => {
    const user = await stack.user('collector');
    const list = async (query = '') => (await user.api.get(`/api/my/registrations${query}`)).expect(200);
    assert.deepEqual(await list(), { items: [], next: null });
    const other = await stack.sale();
    (await apply(user)).expect(201);
    (await office.post(`/api/sales/${other.id}/registrations`, { userId: user.id, creditLimit: 20000000 })).expect(201);
    (await decide(user, { status: 'rejected', reason: '書類の不足' })).expect(200);
    const { items } = await list();
    assert.deepEqual(items.map(({ saleId, status }) => [saleId, status]), [[sale.id, 'rejected'], [other.id, 'approved']]);
    for (const one of items) {
      const shown = await user.api.get(`/api/sales/${one.saleId}/registrations/me`);
      assert.deepEqual(one, shown.expect(200));
      assert.equal(shown.headers.get('etag'), `"${one.version}"`);
    }
    const first = await list('?limit=1');
    assert.deepEqual([first.items, (await list(`?limit=1&after=${first.next}`)).items].flat(), items);
    (await user.api.get('/api/my/registrations?after=x')).refused('INVALID_MESSAGE', 400);
    (await user.api.get('/api/my/registrations?status=applied')).refused('INVALID_MESSAGE', 400);
    (await stack.api.get('/api/my/registrations')).refused('UNAUTHENTICATED', 401);
  });

  it('get another paddle, and the next bid is made under it, whatever the desk remembers', async () => {
    const [aoi, ren] = [await stack.bidder('aoi', sale.id), await stack.bidder('ren', sale.id)];
    const lot = await stack.lot(sale.id);
    const clients = [await stack.client(aoi), await stack.client(ren)];
    const presumed = () => metric(stack.nodes[0], 'seri_batches_presumed_total');
    let maxAmount = 1000000;
    assert.equal((await clients[0].bid(lot, maxAmount)).ok, true);
    await until('a desk that remembers', async () => {
      const before = await presumed();
      assert.equal((await clients[0].bid(lot, undefined, { maxAmount: (maxAmount += 1) })).ok, true);
      return (await presumed()) > before;
    });
    assert.equal((await clients[1].bid(lot, 1)).error.code, 'BID_TOO_LOW');
    (await decide(ren, { paddle: 501 })).expect(200);
    assert.equal((await clients[1].bid(lot, 3000000)).ok, true);
    assert.equal((await stack.auction(lot)).leader, 501);
  });

  it('get each a paddle of their own when many are approved at once', async () => {
    const users = await Promise.all(Array.from({ length: 6 }, (_, i) => stack.user(`crowd${i}`)));
    for (const user of users) (await apply(user)).expect(201);
    const answers = await Promise.all(users.map((user) => decide(user, { status: 'approved' })));
    const paddles = answers.map((answer) => answer.expect(200).paddle);
    assert.equal(new Set(paddles).size, users.length);
  });
});
