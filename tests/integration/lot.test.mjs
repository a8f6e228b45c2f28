// A lot under the hammer, the whole way: an office, two buyers on two nodes, a visitor who watches, and the ledger that proves it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { fold, verifyChain } from './support/ledger.mjs';
import { Stack } from './support/stack.mjs';

describe('a lot under the hammer', () => {
  let stack, sale, aoi, ren;
  before(async () => {
    stack = await Stack.start({ nodes: 2 });
    sale = await stack.sale({ durationMs: 4000, extensionWindowMs: 4000, extensionMs: 4000, lateMs: 2000 });
    aoi = await stack.bidder('aoi', sale.id);
    ren = await stack.bidder('ren', sale.id);
  });
  after(() => stack.stop());

  it('goes from opening to hammer over two nodes, everybody sees the same, and the chain proves it', async () => {
    const lot = await stack.lot(sale.id);
    const left = await stack.client(aoi, 0);
    const right = await stack.client(ren, 1);
    const visitor = await stack.client(null, 1);
    for (const client of [left, right, visitor]) {
      const { ok, auction } = await client.join(lot);
      assert.equal(ok, true);
      assert.equal(auction.status, 'active');
      assert.equal(auction.price, null);
      assert.equal(auction.minNextBid, 1000000);
      assert.equal(auction.startPrice, 1000000);
    }
    const opened = (await stack.auction(lot)).endsAtMs;

    const first = await left.bid(lot, 1000000);
    assert.equal(first.ok, true, JSON.stringify(first));
    assert.equal(first.leading, true);
    assert.equal(first.price, 1000000);
    assert.equal(first.minNextBid, 1050000);
    assert.ok(first.stateSeq >= first.seq);

    const second = await right.bid(lot, 1050000);
    assert.equal(second.leading, true);
    const outbid = await left.event('bid:outbid', (data) => data.auctionId === lot);
    assert.equal(outbid.price, 1050000);
    assert.equal(outbid.minNextBid, 1100000);

    const third = await left.bid(lot, 1100000);
    assert.ok(third.endsAtMs > opened, 'late bids set the clock back');
    assert.equal(third.endsAtMs, third.receivedAtMs + 4000);

    for (const client of [left, right, visitor]) {
      const update = await client.event('auction:update', (data) => data.auctionId === lot && data.price === 1100000);
      assert.equal(update.leader, aoi.paddle);
      assert.equal(update.endsAtMs, third.endsAtMs);
      await client.event('auction:extended', (data) => data.auctionId === lot && data.endsAtMs === third.endsAtMs);
      await client.event('auction:timer', (data) => data.auctionId === lot);
    }
    const ends = await Promise.all([left, right, visitor].map((client) => client.event('auction:ended', (data) => data.auctionId === lot, 30)));
    for (const end of ends) {
      assert.equal(end.result, 'sold');
      assert.equal(end.price, 1100000);
      assert.equal(end.winner, aoi.paddle);
    }
    // of one auction every client sees seq only grow, each update following on the one before
    for (const client of [left, right, visitor]) {
      const updates = client.all('auction:update', lot);
      updates.reduce((previous, update) => {
        assert.equal(update.prevSeq, previous);
        assert.ok(update.seq > update.prevSeq);
        return update.seq;
      }, updates[0].prevSeq);
    }

    const events = await stack.ledger(lot);
    const head = verifyChain(lot, events);
    const auction = await stack.auction(lot);
    const folded = fold(events);
    assert.equal(folded.status, 'sold');
    assert.equal(folded.price, auction.price);
    assert.equal(folded.leader, auction.leader);
    assert.equal(folded.endsAtMs, auction.endsAtMs);
    const verification = (await stack.api.get(`/api/auctions/${lot}/verification`)).expect(200);
    assert.equal(verification.valid, true);
    assert.equal(verification.head, head);
    const sold = events.at(-1);
    assert.ok(sold.atMs >= third.endsAtMs + 1000, 'the hammer falls after the grace');
    const bids = (await stack.api.get(`/api/auctions/${lot}/bids`)).expect(200);
    assert.deepEqual(bids.items.map((bid) => [bid.amount, bid.paddle]), [[1100000, aoi.paddle], [1050000, ren.paddle], [1000000, aoi.paddle]]);
  });

  it('is passed when the reserve is not met, and never tells the reserve', async () => {
    const lot = await stack.lot(sale.id, { reservePrice: 2340000 });
    const client = await stack.client(ren, 0);
    const { auction } = await client.join(lot);
    assert.equal(auction.reserve, 'unmet');
    const bid = await client.bid(lot, 1000000);
    assert.equal(bid.leading, true);
    const end = await client.event('auction:ended', (data) => data.auctionId === lot, 30);
    assert.equal(end.result, 'passed');
    const said = JSON.stringify([client.events, await stack.ledger(lot), (await stack.api.get(`/api/auctions/${lot}`)).json]);
    assert.ok(!said.includes('2340000'), 'the reserve is private');
    const office = await stack.office();
    assert.equal((await office.api.get(`/api/auctions/${lot}`)).expect(200).reservePrice, 2340000);
  });

  it('is passed when nobody bids', async () => {
    const lot = await stack.lot(sale.id);
    assert.equal((await stack.ended(lot)).status, 'passed');
  });

  it('lets a maximum answer at once, and keeps it private', async () => {
    const lot = await stack.lot(sale.id);
    const left = await stack.client(aoi, 0);
    const right = await stack.client(ren, 1);
    const visitor = await stack.client(null, 0);
    for (const client of [left, right, visitor]) await client.join(lot);
    const maximum = await left.bid(lot, undefined, { maxAmount: 3456789 });
    assert.equal(maximum.price, 1000000);
    assert.equal(maximum.leading, true);
    const beaten = await right.bid(lot, 2000000);
    assert.equal(beaten.ok, true);
    assert.equal(beaten.leading, false);
    assert.equal(beaten.price, 2050000);
    const update = await visitor.event('auction:update', (data) => data.price === 2050000);
    assert.deepEqual(update.bids.map((bid) => [bid.paddle, bid.amount, bid.auto]), [[ren.paddle, 2000000, false], [aoi.paddle, 2050000, true]]);
    const raised = await left.bid(lot, undefined, { maxAmount: 4567891 });
    assert.equal(raised.ok, true);
    assert.equal(raised.price, 2050000);
    const own = await (await stack.client(aoi, 1)).join(lot);
    assert.equal(own.auction.you.maxAmount, 4567891);
    assert.equal(own.auction.you.leading, true);
    const said = JSON.stringify([right.events, visitor.events, await stack.ledger(lot)]);
    assert.ok(!/3456789|4567891/.test(said), 'a maximum is private');
    verifyChain(lot, await stack.ledger(lot));
    await stack.command(lot, 'pass', { expectedSeq: (await stack.auction(lot)).seq });
  });

  it('answers each refusal by its code and with what would be right', async () => {
    const lot = await stack.lot(sale.id);
    const left = await stack.client(aoi, 0);
    const stranger = await stack.client(await stack.user('stranger', 'bidder'), 1);
    assert.equal((await left.bid(lot, 1000000)).ok, true);
    const cases = [
      [left, { amount: 1050000 }, 'ALREADY_LEADING'],
      [left, { maxAmount: 1000000 }, 'MAX_NOT_RAISED'],
      [stranger, { amount: 1050000 }, 'NOT_APPROVED'],
    ];
    for (const [client, body, code] of cases) {
      const { ok, error } = await client.bid(lot, undefined, body);
      assert.equal(ok, false);
      assert.equal(error.code, code);
      assert.ok(error.message.length > 0);
    }
    const right = await stack.client(ren, 1);
    const low = await right.bid(lot, 1040000);
    assert.equal(low.error.code, 'BID_TOO_LOW');
    assert.equal(low.error.minNextBid, 1050000);
    const off = await right.bid(lot, 1060000);
    assert.equal(off.error.code, 'BID_OFF_STEP');
    assert.equal(off.error.step, 50000);
    assert.equal((await right.bid(lot, 4000000, { confirm: false })).error.code, 'CONFIRM_REQUIRED');
    assert.equal((await right.bid(999999999, 1000000)).error.code, 'AUCTION_NOT_FOUND');
    const waiting = await stack.lot(sale.id, { until: 'schedule' });
    assert.equal((await right.bid(waiting, 1000000)).error.code, 'AUCTION_NOT_ACTIVE');
    await stack.command(lot, 'pass', { expectedSeq: (await stack.auction(lot)).seq });
    assert.equal((await right.bid(lot, 1050000)).error.code, 'AUCTION_ENDED');
  });

  it('refuses the consignor its own lot', async () => {
    const lot = await stack.lot(sale.id, { consignor: '試験牧場' });
    stack.database.sql(`INSERT INTO party_users (party_id, user_id) SELECT id, ${ren.id} FROM parties WHERE name = '試験牧場'`);
    const client = await stack.client(ren, 0);
    assert.equal((await client.bid(lot, 1000000)).error.code, 'OWN_LOT');
  });

  it('takes a bidId once: a repeat hears the same answer, another content is refused', async () => {
    const lot = await stack.lot(sale.id);
    const left = await stack.client(aoi, 0);
    const elsewhere = await stack.client(aoi, 1);
    const bidId = randomUUID();
    const answer = await left.bid(lot, 1000000, { bidId });
    assert.equal(answer.ok, true);
    for (const client of [left, elsewhere]) {
      const again = await client.bid(lot, 1000000, { bidId });
      assert.equal(again.ok, true);
      assert.equal(again.duplicate, true);
      assert.equal(again.seq, answer.seq);
      assert.equal(again.receivedAtMs, answer.receivedAtMs);
      const other = await client.bid(lot, 1050000, { bidId });
      assert.equal(other.error.code, 'BID_ID_REUSED');
    }
    const fate = (await aoi.api.get(`/api/auctions/${lot}/bids/by-id/${bidId}`)).expect(200);
    assert.equal(fate.verdict, 'accepted');
    assert.equal(fate.seq, answer.seq);
    assert.equal((await ren.api.get(`/api/auctions/${lot}/bids/by-id/${bidId}`)).expect(200).verdict, 'unknown');
    assert.equal((await stack.ledger(lot)).filter((event) => event.type === 'bid').length, 1);
  });
});
