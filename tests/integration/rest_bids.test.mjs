// Bids over REST: the same bid as over WebSocket, the same verdicts with their HTTP status, and what a bidder can read of the own ones.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

describe('bids over REST', () => {
  let stack, sale, aoi, ren, office;
  before(async () => {
    stack = await Stack.start({ nodes: 1 });
    sale = await stack.sale();
    aoi = await stack.bidder('aoi', sale.id);
    ren = await stack.bidder('ren', sale.id);
    office = await stack.office();
  });
  after(() => stack?.stop());

  const bid = (who, lot, body) => who.api.post(`/api/auctions/${lot}/bids`, { bidId: randomUUID(), confirm: true, ...body });
  const seq = async (lot) => (await stack.auction(lot)).seq;

  it('count, are seen on the nodes, and are answered as over WebSocket', async () => {
    const lot = await stack.lot(sale.id);
    const client = await stack.client(ren);
    await client.join(lot);
    const bidId = randomUUID();
    const body = { bidId, amount: 1000000, maxAmount: 1500000, sentAtMs: Date.now() };
    const rest = (await bid(aoi, lot, body)).expect(200);
    await client.event('auction:update', (data) => data.seq >= rest.stateSeq && data.leader === aoi.paddle);
    const socket = await client.bid(lot, 1050000);
    const { duplicate, ...members } = (await bid(aoi, lot, body)).expect(200);
    assert.equal(duplicate, true);
    assert.deepEqual(Object.keys(rest).sort(), Object.keys(socket).sort());
    assert.deepEqual([members.seq, members.receivedAtMs, members.leading, members.price], [rest.seq, rest.receivedAtMs, true, 1100000]);
    const stored = stack.database.sql(`SELECT host(address) || '|' || to_ms(sent_at) FROM bids WHERE bid_id = '${bidId}'`);
    assert.equal(stored.trim(), `127.0.0.1|${body.sentAtMs}`);
  });

  it('tell whoever led, in the room or not', async () => {
    const lot = await stack.lot(sale.id);
    const elsewhere = await stack.client(aoi);
    (await bid(aoi, lot, { amount: 1000000 })).expect(200);
    const { price } = (await bid(ren, lot, { amount: 1050000 })).expect(200);
    assert.equal((await elsewhere.event('bid:outbid', (data) => data.auctionId === lot)).price, price);
  });

  it('are refused by the same rules, with a status that says what stands against them', async () => {
    const lot = await stack.lot(sale.id);
    const path = `/api/auctions/${lot}/bids`;
    const faults = (await aoi.api.post(path, { bidId: '00000000-0000-0000-0000-000000000000', maxAmount: null })).refused('INVALID_MESSAGE', 400).errors;
    assert.deepEqual(faults.map(({ field }) => field).sort(), ['amount', 'bidId']);
    (await aoi.api.post(path, { bidId: randomUUID(), amount: 2, maxAmount: 1 })).refused('INVALID_MESSAGE', 400);
    (await aoi.api.post(path, { bidId: randomUUID(), amount: 'much' })).refused('INVALID_MESSAGE', 400);
    (await bid(office, lot, { amount: 1000000 })).refused('FORBIDDEN', 403);
    (await bid({ api: stack.api }, lot, { amount: 1000000 })).refused('UNAUTHENTICATED', 401);
    (await bid(aoi, 999999, { amount: 1000000 })).refused('AUCTION_NOT_FOUND', 404);
    const stranger = await stack.user('stranger', 'bidder');
    (await bid(stranger, lot, { amount: 1000000 })).refused('NOT_APPROVED', 403);
    const low = (await bid(aoi, lot, { amount: 990000 })).refused('BID_TOO_LOW', 422);
    assert.equal(low.minNextBid, 1000000);
    (await bid(aoi, lot, { amount: 1010000 })).refused('BID_OFF_STEP', 422);
    (await bid(aoi, lot, { amount: 5000000, confirm: false })).refused('CONFIRM_REQUIRED', 422);
    const bidId = randomUUID();
    (await bid(aoi, lot, { bidId, amount: 1000000 })).expect(200);
    (await bid(aoi, lot, { bidId, amount: 1050000 })).refused('BID_ID_REUSED', 409);
    (await bid(aoi, lot, { amount: 1050000 })).refused('ALREADY_LEADING', 409);
    (await bid(aoi, lot, { maxAmount: 1000000 })).refused('MAX_NOT_RAISED', 422);
    await stack.command(lot, 'undo', { expectedSeq: await seq(lot), reason: '桁の誤り' });
    const retracted = (await bid(aoi, lot, { bidId, amount: 1000000 })).refused('BID_RETRACTED', 409);
    assert.deepEqual([retracted.duplicate, retracted.retracted], [true, true]);
    await stack.command(lot, 'pause');
    (await bid(aoi, lot, { amount: 1000000 })).refused('AUCTION_PAUSED', 409);
    await stack.command(lot, 'pass', { expectedSeq: await seq(lot) });
    (await bid(aoi, lot, { amount: 1000000 })).refused('AUCTION_ENDED', 409);
    (await bid(aoi, await stack.lot(sale.id, { until: 'schedule' }), { amount: 1000000 })).refused('AUCTION_NOT_ACTIVE', 409);
    const poor = await stack.bidder('poor', sale.id);
    (await office.api.post(`/api/sales/${sale.id}/registrations`, { userId: poor.id, creditLimit: 900000 })).expect(200);
    assert.equal((await bid(poor, await stack.lot(sale.id), { amount: 1000000 })).refused('CREDIT_EXCEEDED', 422).available, 900000);
  });

  it("are refused on a lot of one's own", async () => {
    const lot = await stack.lot(sale.id);
    stack.database.sql(`WITH party AS (INSERT INTO parties (name) VALUES ('牧場') RETURNING id), member AS (INSERT INTO party_users (party_id, user_id) SELECT id, ${aoi.id} FROM party)
      UPDATE horses SET consignor_id = party.id FROM party, auctions WHERE auctions.id = ${lot} AND horses.id = auctions.horse_id`);
    (await bid(aoi, lot, { amount: 1000000 })).refused('OWN_LOT', 403);
  });

  it('that come while a lot is being judged are told when to come back', async () => {
    const short = await stack.sale({ durationMs: 1000, extensionWindowMs: 1000, extensionMs: 1000, closeGraceMs: 3000 });
    const buyer = await stack.bidder('aoi', short.id);
    const lot = await stack.lot(short.id);
    const { endsAtMs } = await stack.auction(lot);
    await until('the clock to run out', async () => (await stack.auction(lot)).serverMs > endsAtMs + 100);
    const late = { bidId: randomUUID(), amount: 1000000 };
    const answer = await bid(buyer, lot, late);
    const { retryAfterMs } = answer.refused('UNAVAILABLE', 503);
    assert.ok(retryAfterMs > 500 && retryAfterMs <= 3250, `${retryAfterMs} ms`);
    assert.equal(answer.headers.get('retry-after'), `${Math.ceil(retryAfterMs / 1000)}`);
    await stack.ended(lot);
    (await bid(buyer, lot, late)).refused('AUCTION_ENDED', 409);
  });

  it('are told to come back soon when the close is overdue, for nobody was there to decide it', async () => {
    const brief = await stack.sale({ durationMs: 1000, extensionWindowMs: 1000, extensionMs: 1000, closeGraceMs: 1000 });
    await stack.bidder('aoi', brief.id);
    // The node freezes just before the end. Three seconds later the lot counts as dark and is paused: a machine so busy that the bid
    // comes only then gets another lot.
    for (let attempt = 1; ; attempt++) {
      const lot = await stack.lot(brief.id);
      const { endsAtMs } = await stack.auction(lot);
      await new Promise((done) => setTimeout(done, endsAtMs - 200 - Date.now()));
      stack.nodes[0].kill('SIGSTOP');
      await new Promise((done) => setTimeout(done, endsAtMs + 1100 - Date.now()));
      const answer = await bid(aoi, lot, { amount: 1000000 });
      stack.nodes[0].kill('SIGCONT');
      if (answer.json?.code === 'AUCTION_PAUSED' && attempt < 10) continue;
      const { retryAfterMs } = answer.refused('UNAVAILABLE', 503);
      assert.ok(retryAfterMs > 0 && retryAfterMs <= 1000, `${retryAfterMs} ms`);
      await stack.ended(lot);
      break;
    }
  });

  it('can be read back with their private parts, and nobody else reads them', async () => {
    const lot = await stack.lot(sale.id, { until: 'schedule' });
    (await bid(aoi, lot, { maxAmount: 1200000 })).expect(200);
    await stack.command(lot, 'start');
    (await bid(ren, lot, { amount: 1250000, maxAmount: 1400000 })).expect(200);
    (await bid(aoi, lot, { amount: 1300000, maxAmount: 2000000 })).expect(200);
    (await bid(aoi, lot, { maxAmount: 2500000 })).expect(200);
    const path = `/api/auctions/${lot}/bids/me`;
    const first = (await aoi.api.get(`${path}?limit=3`)).expect(200);
    const rest = (await aoi.api.get(`${path}?after=${first.next}`)).expect(200);
    const own = [...first.items, ...rest.items];
    assert.deepEqual(own.map(({ type }) => type), ['raised', 'bid', 'bid', 'maximum_left']);
    assert.deepEqual(own.map(({ maxAmount }) => maxAmount), [2500000, 2000000, 1200000, 1200000]);
    const ledger = new Map((await stack.ledger(lot)).map((event) => [event.seq, event]));
    for (const { seq, event, privatePart, salt } of own) {
      assert.deepEqual(event, ledger.get(seq));
      assert.equal(createHash('sha256').update(Buffer.from(salt, 'hex')).update(privatePart).digest('hex'), event.sealed);
    }
    const text = (await ren.api.get(path)).text;
    assert.ok(!text.includes('2500000') && !text.includes('1200000'));
    (await aoi.api.get('/api/auctions/999999/bids/me')).refused('AUCTION_NOT_FOUND', 404);
  });

  it('of all lots stand in one list, each with how it stands', async () => {
    const buyer = await stack.bidder('list', sale.id);
    const [early, running, over, undone] = await Promise.all(['schedule', 'start', 'start', 'start'].map((stop) => stack.lot(sale.id, { until: stop })));
    for (const maxAmount of [1100000, 1200000]) (await bid(buyer, early, { maxAmount })).expect(200);
    (await bid(buyer, running, { amount: 1000000 })).expect(200);
    (await bid(ren, running, { amount: 1050000 })).expect(200);
    (await bid(buyer, over, { amount: 1000000 })).expect(200);
    await stack.command(over, 'pass', { expectedSeq: await seq(over) });
    (await bid(buyer, undone, { amount: 1000000 })).expect(200);
    await stack.command(undone, 'undo', { expectedSeq: await seq(undone), reason: '桁の誤り' });
    const items = [];
    for (let page = { next: '' }; page.next !== null;) {
      page = (await buyer.api.get(`/api/bids?limit=2${page.next && `&after=${page.next}`}`)).expect(200);
      items.push(...page.items);
    }
    assert.deepEqual(items.map(({ auctionId, standing }) => [auctionId, standing]), [[undone, 'retracted'], [over, 'lost'], [running, 'outbid'], [early, 'left'], [early, 'replaced']]);
    (await stack.api.get('/api/bids')).refused('UNAUTHENTICATED', 401);
  });
});

describe('the account of refused bids', () => {
  let stack;
  before(async () => (stack = await Stack.start({ nodes: 1 })));
  after(() => stack?.stop());

  it('is in the audit log, floods in lumps', async () => {
    const sale = await stack.sale();
    const lot = await stack.lot(sale.id);
    const { api, id } = await stack.bidder('flooder', sale.id);
    const path = `/api/auctions/${lot}/bids`;
    (await api.post(path, { bidId: randomUUID(), amount: 900000, sentAtMs: Date.now() - 60000 })).refused('BID_TOO_LOW', 422);
    for (let i = 0; i < 5; i++) (await api.post(path, i % 2 ? {} : { bidId: randomUUID() })).refused('INVALID_MESSAGE', 400);
    await stack.rest.stop(); // what waits in lumps is written down before the end
    const rows = stack.database.sql(`SELECT code || '|' || coalesce(amount, 0) || '|' || count || '|' || host(address) || '|' || (details ? 'skewMs') FROM audit_log WHERE user_id = ${id} AND auction_id = ${lot} ORDER BY code`);
    assert.deepEqual(rows.trim().split('\n'), ['BID_TOO_LOW|900000|1|127.0.0.1|true', 'INVALID_MESSAGE|0|5|127.0.0.1|false']);
  });
});

describe('the limit of bids a minute', () => {
  let stack, lot, aoi;
  before(async () => {
    stack = await Stack.start({ nodes: 1, env: { BID_LIMIT_PER_MINUTE: '2' } });
    const sale = await stack.sale();
    aoi = await stack.bidder('aoi', sale.id);
    lot = await stack.lot(sale.id);
  });
  after(() => stack?.stop());

  it('counts new bids over REST, and no bid that is sent again', async () => {
    const first = { bidId: randomUUID(), amount: 1000000 };
    const path = `/api/auctions/${lot}/bids`;
    assert.equal((await aoi.api.post(path, first)).expect(200).bidsLeft, 1);
    for (let i = 0; i < 3; i++) assert.equal((await aoi.api.post(path, first)).expect(200).duplicate, true);
    (await aoi.api.post(path, { bidId: randomUUID(), amount: 1050000 })).refused('ALREADY_LEADING', 409);
    const { retryAfterMs } = (await aoi.api.post(path, { bidId: randomUUID(), amount: 1050000 })).refused('RATE_LIMITED', 429);
    assert.ok(retryAfterMs > 0 && retryAfterMs <= 60000);
    (await aoi.api.post(path, first)).expect(200);
  });
});
