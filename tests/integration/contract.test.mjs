// rest/openapi.yaml against the REST process: the operations of the file with their successes and refusals. Every answer is judged by
// status, headers, type, schema and code (support/contract.mjs), here and in all other tests; tests/run ends by asking whether all of the
// file was tried (support/coverage.mjs).
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { contract } from './support/contract.mjs';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

/** Asks, and expects this status, and this code of a refusal. */
async function exchange(api, expected, operation, { id, bidId, query, body, headers } = {}) {
  const [method, template] = operation.split(' ');
  const path = template.replace('{id}', id).replace('{bidId}', bidId) + (query ? `?${new URLSearchParams(query)}` : '');
  const answer = await api.request(method, path, { body, headers });
  const [status, code] = [expected].flat();
  assert.equal(answer.status, status, `${operation}: ${answer.text}`);
  assert.equal(status >= 400 ? answer.json.code : undefined, code, answer.text);
  return answer;
}

describe('the contract of REST', () => {
  let stack, sale, office, viewer, aoi, visitor, lot, bidId, warned;
  before(async () => {
    stack = await Stack.start({ nodes: 1 });
    sale = await stack.sale();
    office = (await stack.office()).api;
    viewer = (await stack.user('viewer')).api;
    aoi = await stack.bidder('aoi', sale.id);
    visitor = stack.api;
    // The hammer needs a warning that is ten seconds old: given first, used last.
    lot = await stack.lot(sale.id, { reservePrice: 900000 });
    const client = await stack.client(aoi, 0);
    bidId = randomUUID();
    assert.equal((await client.bid(lot, 1000000, { bidId })).ok, true);
    await stack.command(lot, 'warn');
    warned = Date.now();
  });
  after(() => stack?.stop());

  it('holds for accounts and sessions', async () => {
    const account = { email: 'new@example.test', password: 'a long enough password', name: '新規 太郎', language: 'en' };
    const { email, password } = account;
    for (let i = 0; i < 2; i++) assert.equal((await exchange(visitor, 202, 'POST /api/auth/register', { body: account })).text, '');
    const faults = (await exchange(visitor, [400, 'INVALID_MESSAGE'], 'POST /api/auth/register', { body: { email: 'x', password: 'short', role: 'admin' } })).json.errors;
    assert.deepEqual(faults.map(({ field }) => field).sort(), ['email', 'name', 'password', 'role']);

    const browser = await exchange(visitor, 200, 'POST /api/auth/login', { body: { email, password } });
    const { user, refreshToken } = browser.json;
    assert.deepEqual([user.role, user.emailConfirmed, refreshToken], ['viewer', false, undefined]);
    assert.match(browser.headers.get('set-cookie'), /^seri_refresh=[\w-]{43}; Max-Age=604800; Path=\/api\/auth; HttpOnly; SameSite=Strict$/);
    const native = (await exchange(visitor, 200, 'POST /api/auth/login', { body: { email, password, native: true } })).json;
    await exchange(visitor, [401, 'BAD_CREDENTIALS'], 'POST /api/auth/login', { body: { email, password: 'not the password' } });

    const cookies = [browser.headers.get('set-cookie').split(';')[0]];
    for (let i = 0; i < 2; i++) {
      const renewed = await exchange(visitor, 200, 'POST /api/auth/refresh', { headers: { cookie: cookies[i] } });
      assert.deepEqual(renewed.json.user, user);
      cookies.push(renewed.headers.get('set-cookie').split(';')[0]);
    }
    const refused = await exchange(visitor, [401, 'TOKEN_REUSED'], 'POST /api/auth/refresh', { headers: { cookie: cookies[0] } });
    assert.match(refused.headers.get('set-cookie'), /^seri_refresh=; Max-Age=0;/, 'the cookie is taken back');
    await exchange(visitor, [401, 'UNAUTHENTICATED'], 'POST /api/auth/refresh');

    const api = visitor.as(native.accessToken);
    assert.deepEqual((await exchange(api, 200, 'GET /api/auth/me')).json, user);
    await exchange(visitor, [401, 'UNAUTHENTICATED'], 'GET /api/auth/me');
    await exchange(api, [400, 'INVALID_MESSAGE'], 'POST /api/auth/logout', { body: { refreshToken: 'short' } });
    await exchange(api, 204, 'POST /api/auth/logout', { body: { refreshToken: native.refreshToken } });
    await exchange(api, [401, 'UNAUTHENTICATED'], 'GET /api/auth/me');
    await exchange(visitor, [401, 'UNAUTHENTICATED'], 'POST /api/auth/refresh', { body: { refreshToken: native.refreshToken.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')) } });
  });

  it('holds for horses', async () => {
    const least = { sex: 'female', coatColour: 'grey', foaledOn: '2024-02-29', sireJa: 'サイノチチ', damJa: 'ミナモノハナ' };
    const whole = {
      ...least, nameJa: '雪', nameEn: 'Yuki', sireEn: 'Sire', damEn: 'Dam', damsireJa: '祖父', damsireEn: null, pedigree: { sireSire: { ja: '祖父' } },
      breeder: 'ある牧場', consignor: '契約牧場', disclosures: 'なし', notes: '', sex: 'gelding',
    };
    const made = await exchange(office, 201, 'POST /api/horses', { body: least });
    assert.equal(made.headers.get('location'), `/api/horses/${made.json.id}`);
    assert.equal(made.json.displayNameJa, 'ミナモノハナの2024');
    await exchange(office, 201, 'POST /api/horses', { body: whole });
    await exchange(visitor, [401, 'UNAUTHENTICATED'], 'POST /api/horses', { body: least });
    await exchange(viewer, [403, 'FORBIDDEN'], 'POST /api/horses', { body: least });
    await exchange(office, [400, 'INVALID_MESSAGE'], 'POST /api/horses', { body: { ...least, foaledOn: '2025-02-29' } });
    await exchange(office, [400, 'INVALID_MESSAGE'], 'POST /api/horses', { body: '{"sex":"male","sex":"female"}' });
    await exchange(office, [413, 'PAYLOAD_TOO_LARGE'], 'POST /api/horses', { body: { ...least, notes: 'x'.repeat(70000) } });
    await exchange(office, [415, 'UNSUPPORTED_MEDIA_TYPE'], 'POST /api/horses', { body: 'x', headers: { 'content-type': 'text/plain' } });

    const first = (await exchange(visitor, 200, 'GET /api/horses', { query: { limit: 1 } })).json;
    const second = (await exchange(visitor, 200, 'GET /api/horses', { query: { limit: 1, after: first.next } })).json;
    assert.ok(second.items[0].id > first.items[0].id);
    const found = (await exchange(visitor, 200, 'GET /api/horses', { query: { q: 'yuki', sex: 'gelding', coatColour: 'grey', foaledYear: 2024 } })).json;
    assert.deepEqual([found.items.length, found.next], [1, null]);
    for (const query of [{ after: 'x' }, { limit: 0 }, { limit: 201 }, { sex: 'mare' }, { nonsense: 1 }]) {
      await exchange(visitor, [400, 'INVALID_MESSAGE'], 'GET /api/horses', { query });
    }

    const { id } = made.json;
    const shown = await exchange(visitor, 200, 'GET /api/horses/{id}', { id });
    for (const bad of [999999, '01', '{id}', '-1', `${id}/`, '%31']) await exchange(visitor, [404, 'NOT_FOUND'], 'GET /api/horses/{id}', { id: bad });
    const update = { id, body: { nameEn: 'Hana', damEn: null }, headers: { 'if-match': shown.headers.get('etag') } };
    assert.equal((await exchange(office, 200, 'PATCH /api/horses/{id}', update)).json.nameEn, 'Hana');
    await exchange(office, [412, 'PRECONDITION_FAILED'], 'PATCH /api/horses/{id}', update);
    await exchange(office, [428, 'PRECONDITION_REQUIRED'], 'PATCH /api/horses/{id}', { id, body: {} });
    await exchange(office, 200, 'PATCH /api/horses/{id}', { ...update, headers: { 'if-match': '*' } });
    await exchange(office, [404, 'NOT_FOUND'], 'PATCH /api/horses/{id}', { ...update, id: 999999 });
    await exchange(viewer, [403, 'FORBIDDEN'], 'PATCH /api/horses/{id}', update);
  });

  it('holds for sales', async () => {
    const body = {
      nameJa: '七月市場', nameEn: 'July sale', status: 'draft', startsAt: '2026-07-14T10:00:00+09:00', endsAt: null, ladder: [{ below: 1000000, step: 10000 }, { below: 0, step: 50000 }],
      durationMs: 60000, extensionWindowMs: 30000, extensionMs: 30000, lateMs: 10000, closeGraceMs: 500, extensionMode: 'add', maxExtensions: 5, taxRateBp: 1000, buyerCommissionBp: 100, sellerCommissionBp: 500,
    };
    const made = await exchange(office, 201, 'POST /api/sales', { body });
    const { id } = made.json;
    assert.equal(made.json.sellerCommissionBp, 500);
    assert.equal(made.json.startsAt, '2026-07-14T01:00:00.000Z');
    await exchange(office, [400, 'INVALID_MESSAGE'], 'POST /api/sales', { body: { ...body, endsAt: '2026-07-13T00:00:00Z' } });
    await exchange(office, [400, 'INVALID_MESSAGE'], 'POST /api/sales', { body: { ...body, ladder: [{ below: 1000, step: 10 }] } });
    await exchange(viewer, [403, 'FORBIDDEN'], 'POST /api/sales', { body });

    await exchange(visitor, [404, 'NOT_FOUND'], 'GET /api/sales/{id}', { id });
    await exchange(office, 200, 'GET /api/sales/{id}', { id });
    const ids = async (api, query) => (await exchange(api, 200, 'GET /api/sales', { query })).json.items.map((item) => item.id);
    assert.deepEqual(await ids(office, { status: 'draft', q: 'july' }), [id]);
    assert.deepEqual(await ids(visitor), [sale.id], 'drafts are the office\'s');
    assert.deepEqual(await ids(visitor, { status: 'draft' }), []);
    await exchange(visitor, [400, 'INVALID_MESSAGE'], 'GET /api/sales', { query: { status: 'secret' } });

    const headers = { 'if-match': made.headers.get('etag') };
    await exchange(office, 200, 'PATCH /api/sales/{id}', { id, body: { status: 'published' }, headers });
    assert.equal((await exchange(visitor, 200, 'GET /api/sales/{id}', { id })).json.sellerCommissionBp, undefined);
    await exchange(office, [412, 'PRECONDITION_FAILED'], 'PATCH /api/sales/{id}', { id, body: { status: 'draft' }, headers });
    await exchange(office, 200, 'PATCH /api/sales/{id}', { id, body: { status: 'draft' }, headers: { 'if-match': '*' } });
    await exchange(office, [409, 'COMMAND_NOT_ALLOWED'], 'PATCH /api/sales/{id}', { id: sale.id, body: { status: 'draft' }, headers: { 'if-match': '*' } });
    await exchange(office, [428, 'PRECONDITION_REQUIRED'], 'PATCH /api/sales/{id}', { id, body: {} });
    await exchange(office, [404, 'NOT_FOUND'], 'PATCH /api/sales/{id}', { id: 999999, body: {}, headers });
    await exchange(viewer, [403, 'FORBIDDEN'], 'PATCH /api/sales/{id}', { id, body: {}, headers });
    await exchange(office, [412, 'PRECONDITION_FAILED'], 'DELETE /api/sales/{id}', { id, headers });
    await exchange(office, 204, 'DELETE /api/sales/{id}', { id, headers: { 'if-match': '*' } });
  });

  it('holds for registrations', async () => {
    const { id } = sale;
    const ren = await stack.user('ren');
    const made = (await exchange(office, 201, 'POST /api/sales/{id}/registrations', { id, body: { email: ren.email.toUpperCase(), paddle: 777, creditLimit: 5000000 } })).json;
    assert.deepEqual([made.userId, made.paddle, made.availableCredit], [ren.id, 777, 5000000]);
    await exchange(office, 200, 'POST /api/sales/{id}/registrations', { id, body: { userId: ren.id, creditLimit: null } });
    await exchange(office, [409, 'CONFLICT'], 'POST /api/sales/{id}/registrations', { id, body: { userId: ren.id, paddle: 778 } });
    await exchange(office, [409, 'CONFLICT'], 'POST /api/sales/{id}/registrations', { id, body: { email: 'viewer@example.test', paddle: 777 } });
    await exchange(office, [400, 'INVALID_MESSAGE'], 'POST /api/sales/{id}/registrations', { id, body: { email: 'nobody@example.test' } });
    await exchange(office, [400, 'INVALID_MESSAGE'], 'POST /api/sales/{id}/registrations', { id, body: {} });
    await exchange(office, [404, 'NOT_FOUND'], 'POST /api/sales/{id}/registrations', { id: 999999, body: { userId: ren.id } });
    await exchange(ren.api, [403, 'FORBIDDEN'], 'POST /api/sales/{id}/registrations', { id, body: { userId: ren.id } });

    const page = (await exchange(office, 200, 'GET /api/sales/{id}/registrations', { id, query: { status: 'approved', limit: 1 } })).json;
    await exchange(office, 200, 'GET /api/sales/{id}/registrations', { id, query: { after: page.next } });
    await exchange(ren.api, [403, 'FORBIDDEN'], 'GET /api/sales/{id}/registrations', { id });
    await exchange(office, [404, 'NOT_FOUND'], 'GET /api/sales/{id}/registrations', { id: 999999 });
    assert.equal((await exchange(ren.api, 200, 'GET /api/sales/{id}/registrations/me', { id })).json.userId, ren.id);
    await exchange(viewer, [404, 'NOT_FOUND'], 'GET /api/sales/{id}/registrations/me', { id });
    await exchange(visitor, [401, 'UNAUTHENTICATED'], 'GET /api/sales/{id}/registrations/me', { id });
  });

  it('holds for lots', async () => {
    const { horse } = await stack.auction(lot);
    const body = { saleId: sale.id, horseId: horse.id, lotNumber: 500, startPrice: 500000, reservePrice: 800000 };
    const made = await exchange(office, 201, 'POST /api/auctions', { body });
    const { id } = made.json;
    assert.deepEqual([made.json.reservePrice, made.json.seq], [800000, 0]);
    await exchange(office, [409, 'CONFLICT'], 'POST /api/auctions', { body });
    await exchange(office, [400, 'INVALID_MESSAGE'], 'POST /api/auctions', { body: { ...body, lotNumber: 501, horseId: 999999 } });
    await exchange(aoi.api, [403, 'FORBIDDEN'], 'POST /api/auctions', { body });

    await exchange(visitor, [404, 'AUCTION_NOT_FOUND'], 'GET /api/auctions/{id}', { id });
    await exchange(office, 200, 'GET /api/auctions/{id}', { id });
    for (const api of [visitor, aoi.api]) {
      const seen = (await exchange(api, 200, 'GET /api/auctions/{id}', { id: lot })).json;
      assert.deepEqual([seen.reserve, seen.reservePrice], ['met', undefined]);
    }
    const ids = async (api, query) => (await exchange(api, 200, 'GET /api/auctions', { query: { saleId: sale.id, ...query } })).json.items.map((item) => item.id);
    assert.ok((await ids(office, { status: 'draft', horseId: horse.id, q: 'ハナ' })).includes(id));
    assert.deepEqual(await ids(visitor, {}), [lot]);
    await exchange(visitor, [400, 'INVALID_MESSAGE'], 'GET /api/auctions', { query: { after: '1' } });

    const headers = { 'if-match': made.headers.get('etag') };
    await exchange(office, 200, 'PATCH /api/auctions/{id}', { id, body: { startPrice: 600000 }, headers });
    await exchange(office, [412, 'PRECONDITION_FAILED'], 'PATCH /api/auctions/{id}', { id, body: { startPrice: 700000 }, headers });
    await exchange(office, [409, 'COMMAND_NOT_ALLOWED'], 'PATCH /api/auctions/{id}', { id: lot, body: { startPrice: 700000 }, headers: { 'if-match': '*' } });
    await exchange(office, [409, 'CONFLICT'], 'PATCH /api/auctions/{id}', { id, body: { lotNumber: (await stack.auction(lot)).lotNumber }, headers: { 'if-match': '*' } });
    await exchange(office, [428, 'PRECONDITION_REQUIRED'], 'PATCH /api/auctions/{id}', { id, body: {} });
    await exchange(office, [404, 'AUCTION_NOT_FOUND'], 'PATCH /api/auctions/{id}', { id: 999999, body: {}, headers });
    await exchange(office, [412, 'PRECONDITION_FAILED'], 'DELETE /api/auctions/{id}', { id, headers });
    await exchange(office, 204, 'DELETE /api/auctions/{id}', { id, headers: { 'if-match': '*' } });
  });

  it('holds for the ledger', async () => {
    const page = (await exchange(visitor, 200, 'GET /api/auctions/{id}/bids', { id: lot })).json;
    assert.deepEqual(page.items.map(({ amount, paddle }) => [amount, paddle]), [[1000000, aoi.paddle]]);
    const fate = async (api, wanted) => (await exchange(api, 200, 'GET /api/auctions/{id}/bids/by-id/{bidId}', { id: lot, bidId: wanted })).json.verdict;
    assert.deepEqual([await fate(aoi.api, bidId), await fate(aoi.api, randomUUID()), await fate(viewer, bidId)], ['accepted', 'unknown', 'unknown']);
    await exchange(visitor, [401, 'UNAUTHENTICATED'], 'GET /api/auctions/{id}/bids/by-id/{bidId}', { id: lot, bidId });
    const { items, next } = (await exchange(visitor, 200, 'GET /api/auctions/{id}/events', { id: lot, query: { limit: 2 } })).json;
    assert.deepEqual(items.map(({ seq }) => seq), [1, 2]);
    await exchange(visitor, 200, 'GET /api/auctions/{id}/events', { id: lot, query: { after: next } });
    await exchange(aoi.api, [404, 'AUCTION_NOT_FOUND'], 'GET /api/auctions/{id}/bids/by-id/{bidId}', { id: 999999, bidId });
    await exchange(visitor, [400, 'INVALID_MESSAGE'], 'GET /api/auctions/{id}/events', { id: lot, query: { after: -1 } });
    const finding = (await exchange(visitor, 200, 'GET /api/auctions/{id}/verification', { id: lot })).json;
    assert.deepEqual([finding.valid, finding.firstInvalidSeq], [true, null]);
    const draft = await stack.lot(sale.id, { until: 'draft' });
    for (const what of ['bids', 'events', 'verification']) {
      await exchange(visitor, [404, 'AUCTION_NOT_FOUND'], `GET /api/auctions/{id}/${what}`, { id: draft });
    }
    assert.equal((await exchange(office, 200, 'GET /api/auctions/{id}/verification', { id: draft })).json.head, null);
  });

  it("holds for the auctioneer's commands", async () => {
    const id = await stack.lot(sale.id, { until: 'draft' });
    const command = (name, body = {}, expected = 200, to = id) => exchange(office, expected, `POST /api/auctions/{id}/${name}`, { id: to, body: { commandId: randomUUID(), ...body } });
    const expectedSeq = async () => (await stack.auction(id)).seq;
    await command('start', {}, [409, 'COMMAND_NOT_ALLOWED']);
    await command('schedule', { startsAt: '2026-07-14T01:00:00.000Z' });
    const commandId = randomUUID();
    assert.equal((await command('start', { commandId })).json.duplicate, false);
    assert.equal((await command('start', { commandId })).json.duplicate, true);
    await command('warn', { commandId }, [409, 'COMMAND_ID_REUSED']);
    await command('extend', { byMs: 60000, reason: '機材の確認' });
    await command('step', { step: 20000, startPrice: 900000 });
    await command('message', { text: 'まもなく終了します' });
    await command('reserve', { reserve: 0 });
    await command('warn');
    await command('pause', { reason: '放馬' });
    await command('resume', { reason: '再開' });
    const client = await stack.client(aoi, 0);
    assert.equal((await client.bid(id, 900000)).ok, true);
    await command('undo', { expectedSeq: await expectedSeq(), reason: '誤り' });
    await command('pass', { expectedSeq: 0 }, [409, 'STALE_COMMAND']);
    await command('pass', { expectedSeq: await expectedSeq(), reason: '主取り' });
    await command('reopen', { reason: '再上場' });
    const withdrawal = randomUUID();
    await command('withdraw', { commandId: withdrawal, expectedSeq: await expectedSeq(), reason: '欠場' });
    const fresh = await stack.lot(sale.id);

    const needy = ['extend', 'step', 'message', 'reserve', 'hammer', 'pass', 'withdraw', 'undo', 'reopen'];
    for (const name of needy) await command(name, {}, [400, 'INVALID_MESSAGE']);
    const bodies = {
      schedule: {}, start: {}, pause: {}, resume: {}, warn: {}, extend: { byMs: 60000 }, step: { step: 20000 }, message: { text: 'x' }, reserve: { reserve: 0 },
      hammer: { expectedSeq: 0 }, pass: { expectedSeq: 0 }, withdraw: { expectedSeq: 0, reason: 'x' }, undo: { expectedSeq: 0, reason: 'x' }, reopen: { reason: 'x' },
    };
    assert.deepEqual(Object.keys(bodies).sort(), contract.operations().flatMap((operation) => /^POST .api.auctions.{id}.(\w+)$/.exec(operation)?.[1] ?? []).filter((name) => name !== 'bids').sort());
    const draft = await stack.lot(sale.id, { until: 'draft' });
    for (const [name, body] of Object.entries(bodies)) {
      const operation = `POST /api/auctions/{id}/${name}`;
      await exchange(visitor, [401, 'UNAUTHENTICATED'], operation, { id, body: {} });
      await exchange(aoi.api, [403, 'FORBIDDEN'], operation, { id, body: {} });
      await command(name, body, [404, 'AUCTION_NOT_FOUND'], 999999);
      await command(name, { ...body, commandId }, name === 'start' ? 200 : [409, 'COMMAND_ID_REUSED']);
      await command(name, body, [409, 'COMMAND_NOT_ALLOWED'], name === 'schedule' ? lot : draft);
    }
    await command('start', { commandId: withdrawal }, [409, 'COMMAND_ID_REUSED']);
    for (const name of ['hammer', 'pass', 'withdraw', 'undo']) await command(name, bodies[name], [409, 'STALE_COMMAND'], lot);
    for (const body of [{ step: 1 }, { startPrice: 999999 }]) await command('step', body, [422, 'PRICE_OFF_STEP'], fresh);
    await command('step', { startPrice: 2000000 }, [409, 'START_PRICE_FIXED'], fresh);
    await command('reserve', { reserve: 1 }, [422, 'PRICE_OFF_STEP'], fresh);
    await command('reserve', { reserve: 2000000 }, [422, 'RESERVE_RAISED'], fresh);
    const { seq: now } = await stack.auction(fresh);
    await command('hammer', { expectedSeq: now }, [409, 'WARNING_REQUIRED'], fresh);
    await command('undo', { expectedSeq: now, reason: 'x' }, [409, 'NOTHING_TO_UNDO'], fresh);
  });

  it('holds for a horse that is in two lots, and a price off the ladder', async () => {
    const first = await stack.lot(sale.id);
    const { horse } = await stack.auction(first);
    const body = { saleId: sale.id, horseId: horse.id, startPrice: 500000 };
    const second = (await exchange(office, 201, 'POST /api/auctions', { body: { ...body, lotNumber: 601 } })).json.id;
    for (const price of [{ startPrice: 500001 }, { reservePrice: 800001 }]) {
      await exchange(office, [422, 'PRICE_OFF_STEP'], 'POST /api/auctions', { body: { ...body, lotNumber: 602, ...price } });
      await exchange(office, [422, 'PRICE_OFF_STEP'], 'PATCH /api/auctions/{id}', { id: second, body: price, headers: { 'if-match': '*' } });
    }
    // A draft whose sale's ladder was changed afterwards is off it when it is scheduled.
    const other = await stack.sale();
    const off = await stack.lot(other.id, { until: 'draft', startPrice: 510000 });
    await exchange(office, 200, 'PATCH /api/sales/{id}', { id: other.id, body: { ladder: [{ below: 0, step: 50000 }] }, headers: { 'if-match': '*' } });
    await exchange(office, [422, 'PRICE_OFF_STEP'], 'POST /api/auctions/{id}/schedule', { id: off, body: {} });
    await exchange(office, [409, 'HORSE_ALREADY_LIVE'], 'POST /api/auctions/{id}/schedule', { id: second, body: {} });
    await exchange(office, 200, 'POST /api/auctions/{id}/pass', { id: first, body: { expectedSeq: (await stack.auction(first)).seq } });
    await exchange(office, 200, 'POST /api/auctions/{id}/schedule', { id: second, body: {} });
    await exchange(office, [409, 'HORSE_ALREADY_LIVE'], 'POST /api/auctions/{id}/reopen', { id: first, body: { reason: '再上場' } });
  });

  it('holds for the hammer', async () => {
    const command = (name, body) => exchange(office, 200, `POST /api/auctions/{id}/${name}`, { id: lot, body });
    await until('the warning to be ten seconds old', () => Date.now() - warned > 10500, 20);
    const { seq } = await stack.auction(lot);
    await command('hammer', { expectedSeq: seq });
  });

  it('holds for the system, and what is not in it is not answered', async () => {
    await exchange(visitor, 200, 'GET /api/config');
    await exchange(visitor, 200, 'GET /health');
    await exchange(visitor, 200, 'GET /ready');
    assert.match((await exchange(visitor, 200, 'GET /metrics')).text, /^seri_rest_answers_2xx_total\{group="catalogue"\} [1-9]/m);
    for (const path of ['/api/config', '/health', '/ready', '/metrics']) await exchange(visitor, [400, 'INVALID_MESSAGE'], `GET ${path}`, { query: { x: 1 } });
    for (const path of Object.keys(contract.document.paths)) {
      const answer = await visitor.request('OPTIONS', path.replace('{bidId}', bidId).replace(/\{\w+\}/g, lot));
      answer.refused('METHOD_NOT_ALLOWED', 405);
      const allowed = contract.methods(path).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
      assert.deepEqual(answer.headers.get('allow').split(', ').sort(), allowed.sort(), path);
    }
    for (const path of ['/', '/api', '/api/user', '/api/horses/', '/api//horses', '/metrics/', '/api/auctions/1/explode']) (await visitor.get(path)).refused('NOT_FOUND', 404);
  });
});

describe('the contract of REST under limits', () => {
  let stack;
  before(async () => {
    stack = await Stack.start({ nodes: 0, env: { LIMIT_VISITOR_PER_MINUTE: '20', LIMIT_LOGIN_PER_MINUTE: '2' } });
  });
  after(() => stack?.stop());

  const from = (address) => ({ headers: { 'x-forwarded-for': address } });

  it('counts log-ins by account and neighbourhood, requests by neighbourhood, and says so', async () => {
    const body = { email: 'nobody@example.test', password: 'not the password' };
    for (let i = 0; i < 2; i++) await exchange(stack.api, [401, 'BAD_CREDENTIALS'], 'POST /api/auth/login', { body, ...from(`2001:db8::${i + 1}`) });
    const refused = await exchange(stack.api, [429, 'RATE_LIMITED'], 'POST /api/auth/login', { body: { ...body, email: 'Nobody@example.test' }, ...from('2001:db8::3') });
    assert.ok(refused.json.retryAfterMs > 0 && refused.json.retryAfterMs <= 60000);
    await exchange(stack.api, [401, 'BAD_CREDENTIALS'], 'POST /api/auth/login', { body, ...from('2001:db8:0:1::1') });
    for (let i = 4; i <= 20; i++) {
      const answer = await exchange(stack.api, 200, 'GET /api/config', from(`2001:db8::${i}`));
      assert.deepEqual([answer.headers.get('ratelimit-limit'), answer.headers.get('ratelimit-remaining')], ['20', `${20 - i}`]);
    }
    await exchange(stack.api, [429, 'RATE_LIMITED'], 'GET /api/config', from('2001:db8::99'));
    await exchange(stack.api, 200, 'GET /api/config', from('192.0.2.1'));
  });

  it('says when it is not ready', async () => {
    await stack.redis.stop();
    const answer = await until('Redis to be missed', async () => {
      const found = await stack.api.get('/ready');
      return found.status === 503 && found;
    });
    assert.deepEqual([answer.json.redis, answer.json.postgresql], [false, true]);
  });
});

describe('the contract of REST, behind the end of a lot', () => {
  let stack;
  before(async () => {
    stack = await Stack.start({ nodes: 1 }); // which says that somebody is there: with nobody, the lot would be paused as by an outage
  });
  after(() => stack?.stop());

  it('holds for a lot whose time has run out', async () => {
    const sale = await stack.sale({ durationMs: 1000, closeGraceMs: 60000 }); // so long is the lot not closed
    const id = await stack.lot(sale.id);
    const { endsAtMs } = await stack.auction(id);
    await until('the end', async () => (await stack.auction(id)).serverMs > endsAtMs);
    const office = (await stack.office()).api;
    const { seq } = await stack.auction(id);
    for (const [name, body] of Object.entries({ pause: {}, extend: { byMs: 60000 }, hammer: { expectedSeq: seq } })) {
      await exchange(office, [409, 'AUCTION_ENDED'], `POST /api/auctions/{id}/${name}`, { id, body });
    }
  });
});
