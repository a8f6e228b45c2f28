// The auctioneer's commands over REST, as buyers see them on the nodes.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { verifyChain } from './support/ledger.mjs';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

describe("the auctioneer's commands", () => {
  let stack, sale, aoi, ren, office;
  before(async () => {
    stack = await Stack.start({ nodes: 2 });
    sale = await stack.sale();
    aoi = await stack.bidder('aoi', sale.id);
    ren = await stack.bidder('ren', sale.id);
    office = await stack.office();
  });
  after(() => stack.stop());

  const seq = async (lot) => (await stack.auction(lot)).seq;

  it('pauses and resumes: bids are refused in between, the time comes back', async () => {
    const lot = await stack.lot(sale.id);
    const client = await stack.client(aoi, 1);
    await client.join(lot);
    const { auction } = await stack.command(lot, 'pause', { reason: '馬が放れました' });
    assert.equal(auction.status, 'paused');
    assert.ok(auction.remainingMs > 290000 && auction.remainingMs <= 300000);
    await client.event('auction:paused', (data) => data.auctionId === lot);
    assert.equal((await client.bid(lot, 1000000)).error.code, 'AUCTION_PAUSED');
    const resumed = await stack.command(lot, 'resume');
    assert.equal(resumed.auction.status, 'active');
    await client.event('auction:resumed', (data) => data.auctionId === lot);
    assert.equal((await client.bid(lot, 1000000)).ok, true);
  });

  it('extends, sets the step, lowers the start price, sends messages', async () => {
    const lot = await stack.lot(sale.id);
    const client = await stack.client(aoi, 0);
    const { auction } = await client.join(lot);
    const extended = await stack.command(lot, 'extend', { byMs: 60000 });
    assert.equal(extended.auction.endsAtMs, auction.endsAtMs + 60000);
    await client.event('auction:extended', (data) => data.endsAtMs === auction.endsAtMs + 60000);
    await stack.command(lot, 'step', { startPrice: 800000 });
    await client.event('auction:update', (data) => data.minNextBid === 800000);
    await stack.command(lot, 'step', { step: 200000 });
    await client.event('auction:update', (data) => data.step === 200000);
    await stack.command(lot, 'message', { text: 'まもなく終了します' });
    assert.equal((await client.event('auction:message', (data) => data.auctionId === lot)).message, 'まもなく終了します');
    assert.equal((await client.bid(lot, 800000)).minNextBid, 1000000);
    (await office.api.post(`/api/auctions/${lot}/step`, { startPrice: 700000 })).refused('START_PRICE_FIXED', 409);
  });

  it('lets the reserve only fall, and tells only what is met', async () => {
    const lot = await stack.lot(sale.id, { reservePrice: 3000000 });
    const client = await stack.client(aoi, 0);
    await client.join(lot);
    assert.equal((await client.bid(lot, 1500000)).ok, true);
    (await office.api.post(`/api/auctions/${lot}/reserve`, { reserve: 3500000 })).refused('RESERVE_RAISED', 422);
    await stack.command(lot, 'reserve', { reserve: 1500000 });
    const update = await client.event('auction:update', (data) => data.reserve === 'met');
    assert.equal(update.price, 1500000);
    const sealed = (await stack.ledger(lot)).filter((event) => event.type === 'sealed');
    assert.equal(sealed.length, 1);
    assert.deepEqual(Object.keys(sealed[0]).sort(), ['atMs', 'hash', 'sealed', 'seq', 'type']);
  });

  it('hammers only after a fair warning that stood ten seconds, on the seq it was given for', async () => {
    const lot = await stack.lot(sale.id);
    const client = await stack.client(aoi, 0);
    await client.join(lot);
    await client.bid(lot, 1000000);
    (await office.api.post(`/api/auctions/${lot}/hammer`, { expectedSeq: await seq(lot) })).refused('WARNING_REQUIRED', 409);
    await stack.command(lot, 'warn');
    await client.event('auction:warned', (data) => data.auctionId === lot);
    const warned = await seq(lot);
    (await office.api.post(`/api/auctions/${lot}/hammer`, { expectedSeq: warned - 1 })).refused('STALE_COMMAND', 409);
    await until('the hammer to be allowed', async () => (await office.api.post(`/api/auctions/${lot}/hammer`, { expectedSeq: warned })).status === 200, 15);
    const end = await client.event('auction:ended', (data) => data.auctionId === lot);
    assert.equal(end.result, 'sold');
    const events = await stack.ledger(lot);
    verifyChain(lot, events);
    const warning = events.find((event) => event.type === 'warned');
    const hammer = events.find((event) => event.type === 'hammered');
    assert.ok(hammer.atMs - warning.atMs >= 10000);
    assert.equal(hammer.endsAtMs, hammer.atMs);
  });

  it('undoes a bid: nothing is erased, both hear of it, the bidId tells it was taken back', async () => {
    const lot = await stack.lot(sale.id);
    const left = await stack.client(aoi, 0);
    const right = await stack.client(ren, 1);
    const outside = await stack.client(ren, 0); /* another device of the same buyer, not in the room */
    await left.join(lot);
    await right.join(lot);
    await left.bid(lot, 1000000);
    const bidId = randomUUID();
    const slip = await right.bid(lot, 9000000, { bidId });
    assert.equal(slip.leading, true);
    const body = { commandId: randomUUID(), expectedSeq: await seq(lot), reason: '桁の誤り' };
    const undone = (await office.api.post(`/api/auctions/${lot}/undo`, body)).expect(200);
    assert.equal(undone.auction.price, 1000000);
    assert.equal(undone.auction.leader, aoi.paddle);
    for (const client of [left, right, outside]) {
      const retracted = await client.event('auction:retracted', (data) => data.auctionId === lot);
      assert.equal(retracted.seq, undone.seq);
      assert.equal(retracted.retracts, slip.seq);
    }
    const again = await right.bid(lot, 9000000, { bidId });
    assert.equal(again.retracted, true, JSON.stringify(again));
    const repeat = (await office.api.post(`/api/auctions/${lot}/undo`, body)).expect(200);
    assert.equal(repeat.duplicate, true);
    assert.equal(repeat.seq, undone.seq);
    const events = await stack.ledger(lot);
    assert.equal(events.filter((event) => event.type === 'bid').length, 2);
    assert.equal(events.filter((event) => event.type === 'bid_retracted').length, 1);
    verifyChain(lot, events);
    assert.equal((await right.bid(lot, 1050000)).leading, true);
  });

  it('passes, withdraws with a reason, and reopens', async () => {
    const lot = await stack.lot(sale.id);
    const client = await stack.client(aoi, 0);
    await client.join(lot);
    (await office.api.post(`/api/auctions/${lot}/withdraw`, { expectedSeq: await seq(lot) })).refused('INVALID_MESSAGE');
    await stack.command(lot, 'withdraw', { expectedSeq: await seq(lot), reason: '跛行のため' });
    assert.equal((await client.event('auction:ended', (data) => data.auctionId === lot)).result, 'withdrawn');
    const reopened = await stack.command(lot, 'reopen', { reason: '獣医師の許可' });
    assert.equal(reopened.auction.status, 'active');
    await client.event('auction:reopened', (data) => data.auctionId === lot);
    await stack.command(lot, 'pass', { expectedSeq: await seq(lot) });
    await until('the second end', () => client.all('auction:ended', lot).some((data) => data.result === 'passed'));
  });

  it('gives a repeated command its first answer and refuses another under its id', async () => {
    const lot = await stack.lot(sale.id, { until: 'draft' });
    const commandId = randomUUID();
    const first = (await office.api.post(`/api/auctions/${lot}/schedule`, { commandId })).expect(200);
    const again = (await office.api.post(`/api/auctions/${lot}/schedule`, { commandId })).expect(200);
    assert.equal(again.duplicate, true);
    assert.equal(again.seq, first.seq);
    (await office.api.post(`/api/auctions/${lot}/start`, { commandId })).refused('COMMAND_ID_REUSED', 409);
    (await office.api.post(`/api/auctions/${lot}/resume`, {})).refused('COMMAND_NOT_ALLOWED', 409);
  });

  it('is for the office alone', async () => {
    const lot = await stack.lot(sale.id, { until: 'schedule' });
    (await stack.api.post(`/api/auctions/${lot}/start`, {})).refused('UNAUTHENTICATED', 401);
    (await aoi.api.post(`/api/auctions/${lot}/start`, {})).refused('FORBIDDEN', 403);
    const client = await stack.client(office, 0);
    assert.equal((await client.bid(lot, 1000000)).error.code, 'FORBIDDEN', 'the office sees the reserve, therefore never bids');
  });

  it('schedules no lot of a sale that is a draft or closed', async () => {
    const draft = await stack.sale({ status: 'draft' });
    const lot = await stack.lot(draft.id, { until: 'draft' });
    (await office.api.post(`/api/auctions/${lot}/schedule`, {})).refused('COMMAND_NOT_ALLOWED', 409);
  });

  it('keeps a horse in at most one live auction', async () => {
    const lot = await stack.lot(sale.id, { until: 'schedule' });
    const { horse } = await stack.auction(lot);
    const other = (await office.api.post('/api/auctions', { saleId: sale.id, horseId: horse.id, lotNumber: 900, startPrice: 1000000 })).expect(201);
    (await office.api.post(`/api/auctions/${other.id}/schedule`, {})).refused('HORSE_ALREADY_LIVE', 409);
  });

  it('takes one of many commands sent at once, in the midst of bids', async () => {
    const lot = await stack.lot(sale.id);
    const left = await stack.client(aoi, 0);
    const right = await stack.client(ren, 1);
    let price = 1000000;
    let bidding = true;
    const bids = (async () => {
      for (let i = 0; bidding && i < 500; i++) {
        const answer = await (i % 2 ? left : right).bid(lot, price);
        if (answer.ok) price = answer.minNextBid;
        else if (answer.error.minNextBid) price = answer.error.minNextBid;
        else if (answer.error.code === 'AUCTION_PAUSED') return;
      }
    })();
    await until('some bids', async () => (await stack.auction(lot)).bidCount > 3);
    const answers = await Promise.all(Array.from({ length: 8 }, () => office.api.post(`/api/auctions/${lot}/pause`, { commandId: randomUUID() })));
    assert.equal(answers.filter((answer) => answer.status === 200).length, 1, answers.map((answer) => answer.text).join());
    bidding = false;
    await bids;
    verifyChain(lot, await stack.ledger(lot));
  });
});
