// Maxima left before the start: private until then, held against the credit, decided in the order received when the lot starts.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { verifyChain } from './support/ledger.mjs';
import { Stack } from './support/stack.mjs';

describe('a maximum left before the start', () => {
  let stack, sale, aoi, ren, sora, office;
  before(async () => {
    stack = await Stack.start({ nodes: 2 });
    sale = await stack.sale();
    [aoi, ren, sora] = await Promise.all(['aoi', 'ren', 'sora'].map((name) => stack.bidder(name, sale.id)));
    office = await stack.office();
  });
  after(() => stack?.stop());

  const scheduled = () => stack.lot(sale.id, { until: 'schedule' });
  const leave = (client, lot, maxAmount) => client.bid(lot, undefined, { maxAmount });
  const exposure = async (who) => (await who.api.get(`/api/sales/${sale.id}/registrations/me`)).expect(200).exposure;
  const sound = () => assert.equal(stack.database.sql('SELECT count(*) FROM exposure_faults').trim(), '0');

  it('is known to whoever left it and to nobody else', async () => {
    const lot = await scheduled();
    const [client, watcher] = [await stack.client(aoi, 0), await stack.client(ren, 1)];
    await watcher.join(lot);
    const before = await exposure(aoi);
    const answer = await leave(client, lot, 1234567);
    assert.deepEqual([answer.ok, answer.leading, answer.price, answer.minNextBid], [true, false, null, 1000000]);
    const update = await watcher.event('auction:update', (data) => data.seq === answer.seq);
    assert.deepEqual([update.price, update.leader, update.bidCount, update.bids.length], [null, null, 0, 0]);
    assert.equal((await client.join(lot)).auction.you.maxAmount, 1234567);
    assert.equal((await watcher.join(lot)).auction.you.maxAmount, null);
    assert.equal(await exposure(aoi), before + 1234567);
    const seen = [...watcher.events, await stack.ledger(lot), await stack.auction(lot)].map((thing) => JSON.stringify(thing)).join();
    assert.ok(!seen.includes('1234567'));
    assert.equal((await stack.ledger(lot)).at(-1).type, 'sealed');
    await stack.command(lot, 'withdraw', { expectedSeq: answer.seq, reason: '欠場' });
    assert.equal(await exposure(aoi), before);
    sound();
  });

  it('is decided at the start in the order received, by the rules of every bid', async () => {
    const lot = await scheduled();
    const [first, second, third] = await Promise.all([aoi, ren, sora].map((who, i) => stack.client(who, i % 2)));
    const elsewhere = await stack.client(aoi, 1);
    await first.join(lot);
    assert.equal((await leave(first, lot, 1500000)).ok, true);
    assert.equal((await leave(second, lot, 1800000)).ok, true);
    assert.equal((await leave(third, lot, 1200000)).ok, true);
    assert.equal((await leave(first, lot, 1800000)).ok, true); // of equal maxima the earlier leads: Ren's
    const { auction, seq } = await stack.command(lot, 'start');
    assert.deepEqual([auction.leader, auction.price, auction.bidCount], [ren.paddle, 1800000, 3]);
    await first.event('auction:started', (data) => data.seq === seq);
    await elsewhere.event('bid:outbid', (data) => data.auctionId === lot);
    const events = await stack.ledger(lot);
    verifyChain(lot, events);
    const bids = events.filter((event) => event.type === 'bid');
    assert.equal(bids[0].seq, seq + 1);
    assert.deepEqual(bids.filter(({ auto }) => !auto).map(({ paddle }) => paddle), [ren.paddle, sora.paddle, aoi.paddle]);
    assert.equal(await exposure(sora), 0);
    sound();
    // an undo takes back what the start placed, like any bid
    await stack.command(lot, 'undo', { expectedSeq: (await stack.auction(lot)).seq, seq: bids[0].seq, reason: '取消し' });
    assert.equal((await stack.auction(lot)).leader, aoi.paddle);
    sound();
  });

  it('can be changed, withdrawn over either way, and not after the start', async () => {
    const lot = await scheduled();
    const client = await stack.client(aoi, 0);
    const before = await exposure(aoi);
    const path = `/api/auctions/${lot}/maximum`;
    (await aoi.api.request('DELETE', path)).refused('NOT_FOUND', 404);
    await leave(client, lot, 2000000);
    await leave(client, lot, 1100000);
    assert.equal(await exposure(aoi), before + 1100000);
    const bidId = randomUUID();
    const withdrawn = await client.request('auction:bid', { auctionId: lot, bidId, withdraw: true });
    assert.equal(withdrawn.ok, true);
    assert.equal((await client.request('auction:bid', { auctionId: lot, bidId, withdraw: true })).duplicate, true);
    assert.equal((await client.request('auction:bid', { auctionId: lot, bidId: randomUUID(), withdraw: true })).error.code, 'NOT_FOUND');
    assert.equal(await exposure(aoi), before);
    await leave(client, lot, 1300000);
    assert.equal((await aoi.api.request('DELETE', path)).expect(200).ok, true);
    assert.equal(await exposure(aoi), before);
    assert.equal((await client.request('auction:bid', { auctionId: lot, bidId: randomUUID(), withdraw: true, maxAmount: 5 })).error.code, 'INVALID_MESSAGE');
    await leave(client, lot, 1400000);
    await stack.command(lot, 'start');
    (await aoi.api.request('DELETE', path)).refused('COMMAND_NOT_ALLOWED', 409);
    assert.equal((await client.request('auction:bid', { auctionId: lot, bidId: randomUUID(), withdraw: true })).error.code, 'COMMAND_NOT_ALLOWED');
    (await aoi.api.request('DELETE', '/api/auctions/999999/maximum')).refused('AUCTION_NOT_FOUND', 404);
    assert.equal((await stack.auction(lot)).leader, aoi.paddle);
    sound();
  });

  it('is held against the credit, and so can always be decided', async () => {
    const [one, two] = [await scheduled(), await scheduled()];
    const rich = await stack.bidder('rich', sale.id);
    (await office.api.post(`/api/sales/${sale.id}/registrations`, { userId: rich.id, creditLimit: 2500000 })).expect(200);
    const client = await stack.client(rich, 1);
    assert.equal((await client.join(one)).auction.you.availableCredit, 2500000);
    assert.equal((await leave(client, one, 1500000)).ok, true);
    const { error } = await leave(client, two, 1000001);
    assert.deepEqual([error.code, error.available], ['CREDIT_EXCEEDED', 1000000]);
    assert.equal((await leave(client, two, 1000000)).ok, true);
    assert.equal((await client.join(two)).auction.you.availableCredit, 0);
    await stack.command(one, 'start');
    await stack.command(two, 'start');
    for (const lot of [one, two]) assert.equal((await stack.auction(lot)).leader, rich.paddle);
    assert.equal(await exposure(rich), 2500000);
    sound();
  });
});
