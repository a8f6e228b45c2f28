// you:update: how one stands at a lot, on every device, as soon as a commit has changed it, and to nobody else.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Stack } from './support/stack.mjs';

describe('you:update', () => {
  let stack, sale, office, aoi, ren, devices;
  before(async () => {
    stack = await Stack.start({ nodes: 2 });
    sale = await stack.sale();
    office = await stack.office();
    aoi = await stack.bidder('aoi', sale.id);
    ren = await stack.bidder('ren', sale.id);
    devices = { aoi: [await stack.client(aoi, 0), await stack.client(aoi, 1)], ren: [await stack.client(ren, 1)], others: [await stack.client(null, 0), await stack.client(office, 1)] };
    await limit(aoi, 20000000);
  });
  after(() => stack?.stop());

  const limit = async (user, creditLimit) => (await office.api.post(`/api/sales/${sale.id}/registrations`, { userId: user.id, creditLimit })).expect(200);
  /** Waits until all devices of this name have been told so of the lot. */
  const told = (name, auctionId, expected) =>
    Promise.all(devices[name].map((client) => client.event('you:update', (data) =>
      data.auctionId === auctionId && Object.entries(expected).every(([key, value]) => data[key] === value))));

  it('tells of an own bid, an automatic answer, and of being outbid', async () => {
    const lot = await stack.lot(sale.id);
    assert.equal((await devices.ren[0].join(lot)).auction.you.availableCredit, null, 'without a limit');
    const bid = await devices.aoi[0].bid(lot, 1000000, { maxAmount: 2000000 });
    const [update] = await told('aoi', lot, { leading: true, maxAmount: 2000000 });
    assert.deepEqual(update, { auctionId: lot, saleId: sale.id, stateSeq: bid.stateSeq, leading: true, maxAmount: 2000000, availableCredit: 18000000 });

    const beaten = await devices.ren[0].bid(lot, 1500000);
    assert.equal(beaten.leading, false);
    await told('ren', lot, { leading: false, maxAmount: null, availableCredit: null, stateSeq: beaten.stateSeq });

    const raised = await devices.aoi[1].bid(lot, null, { maxAmount: 2500000 });
    await told('aoi', lot, { leading: true, maxAmount: 2500000, availableCredit: 17500000, stateSeq: raised.stateSeq });

    const better = await devices.ren[0].bid(lot, 3000000);
    await told('aoi', lot, { leading: false, maxAmount: null, availableCredit: 20000000, stateSeq: better.stateSeq });
    await told('ren', lot, { leading: true, maxAmount: 3000000 });
  });

  it('tells of a bid made by REST', async () => {
    const lot = await stack.lot(sale.id);
    const made = (await aoi.api.post(`/api/auctions/${lot}/bids`, { bidId: randomUUID(), amount: 1000000 })).expect(200);
    await told('aoi', lot, { leading: true, stateSeq: made.stateSeq });
  });

  it('tells both when a bid is undone, and who led when the lot is passed and reopened', async () => {
    const lot = await stack.lot(sale.id, { reservePrice: 5000000 });
    await devices.aoi[0].bid(lot, 1000000);
    await devices.ren[0].bid(lot, 9000000);
    await told('ren', lot, { leading: true });
    const undone = await stack.command(lot, 'undo', { expectedSeq: (await stack.auction(lot)).seq, reason: '桁の誤り' });
    await told('ren', lot, { leading: false, maxAmount: null, stateSeq: undone.seq });
    await told('aoi', lot, { leading: true, stateSeq: undone.seq });
    const passed = await stack.command(lot, 'pass', { expectedSeq: undone.seq });
    const [update] = await told('aoi', lot, { stateSeq: passed.auction.seq });
    const own = (await aoi.api.get(`/api/sales/${sale.id}/registrations/me`)).expect(200);
    assert.equal(update.availableCredit, own.availableCredit, 'this lot counts no more');
    const reopened = await stack.command(lot, 'reopen', { reason: '再開' });
    assert.ok(reopened.ok);
  });

  it('tells of maxima left before the start, and of those that the start dropped', async () => {
    const lot = await stack.lot(sale.id, { until: 'schedule', startPrice: 2000000 });
    await devices.aoi[0].bid(lot, null, { maxAmount: 4000000 });
    await told('aoi', lot, { leading: false, maxAmount: 4000000 });
    await devices.ren[0].bid(lot, null, { maxAmount: 2000000 });
    await told('ren', lot, { maxAmount: 2000000 });
    const started = await stack.command(lot, 'start');
    await told('aoi', lot, { leading: true, maxAmount: 4000000, stateSeq: started.auction.seq });
    await told('ren', lot, { leading: false, maxAmount: null, stateSeq: started.auction.seq });
  });

  it('tells of a limit that the office has changed, about no lot', async () => {
    await limit(ren, 7000000);
    const update = await devices.ren[0].event('you:update', (data) => data.auctionId === null);
    assert.deepEqual([update.saleId, update.stateSeq, update.leading, update.maxAmount], [sale.id, null, null, null]);
    assert.ok(update.availableCredit <= 7000000);
  });

  it('tells the leader of a sale by the hammer', async () => {
    const short = await stack.sale({ durationMs: 1500, extensionWindowMs: 1500, extensionMs: 1500, lateMs: 1000 });
    const yui = await stack.bidder('yui', short.id);
    devices.yui = [await stack.client(yui, 0), await stack.client(yui, 1)];
    const lot = await stack.lot(short.id);
    assert.equal((await devices.yui[0].bid(lot, 1000000)).ok, true);
    const { seq } = await stack.ended(lot);
    await told('yui', lot, { leading: true, stateSeq: seq });
  });

  it('is private', async () => {
    const lot = await stack.lot(sale.id);
    for (const client of [...devices.others, ...devices.ren]) await client.join(lot);
    await devices.aoi[0].bid(lot, null, { maxAmount: 1500000 });
    await told('aoi', lot, { leading: true });
    for (const client of [...devices.others, ...devices.ren]) {
      await client.event('auction:update', (data) => data.auctionId === lot && data.price !== null);
      await client.request('time:sync', { clientMs: 0 });
      assert.deepEqual(client.all('you:update', lot), []);
    }
    for (const client of devices.others) assert.ok(client.events.every(({ event }) => event !== 'you:update'));
  });

  it('tells of a changed limit without Redis too', async () => {
    await stack.redis.stop();
    for (const client of [...devices.aoi, ...devices.ren]) await client.event('server:degraded', ({ reason }) => reason !== null);
    const creditLimit = 98760000;
    await limit(ren, creditLimit);
    const { exposure } = JSON.parse(stack.database.sql(`SELECT row_to_json(r) FROM registrations r WHERE sale_id = ${sale.id} AND user_id = ${ren.id}`));
    await devices.ren[0].event('you:update', (data) => data.auctionId === null && data.saleId === sale.id && data.availableCredit === creditLimit - exposure);
    const changes = devices.ren[0].events.filter(({ event, data }) => event === 'you:update' && data.auctionId === null).length;
    await limit(aoi, 19000000);
    for (const client of devices.aoi) await client.event('you:update', (data) => data.auctionId === null && data.availableCredit <= 19000000);
    assert.equal(devices.ren[0].events.filter(({ event, data }) => event === 'you:update' && data.auctionId === null).length, changes, 'one is told once');
  });
});
