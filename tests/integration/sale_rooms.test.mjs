// The room of a sale: its lots at once, then those that change, on every node, for visitors as for the office.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

describe('the room of a sale', () => {
  let stack, office, aoi, sale;
  before(async () => {
    stack = await Stack.start({ nodes: 2 });
    sale = await stack.sale();
    office = await stack.office();
    aoi = await stack.bidder('aoi', sale.id);
  });
  after(() => stack?.stop());

  /** What a client knows of a sale: its answer with all updates taken in. */
  const follow = async (client, saleId) => {
    const answer = await client.request('sale:join', { saleId });
    assert.equal(answer.ok, true, JSON.stringify(answer));
    assert.equal(answer.saleId, saleId);
    return () => {
      const lots = new Map(answer.lots.map((lot) => [lot.auctionId, lot]));
      for (const { event, data } of client.events) {
        if (event !== 'sale:update' || data.saleId !== saleId) continue;
        for (const lot of data.lots) lots.set(lot.auctionId, lot);
        for (const id of data.gone ?? []) lots.delete(id);
      }
      return lots;
    };
  };
  const updates = (client, saleId) => client.events.filter(({ event, data }) => event === 'sale:update' && data.saleId === saleId);

  it('shows the lots in their order, and tells of each change on both nodes', async () => {
    const first = await stack.lot(sale.id, { lotNumber: 12 });
    const second = await stack.lot(sale.id, { lotNumber: 11, until: 'schedule' });
    const visitor = await stack.client(null, 0);
    const viewer = await stack.client(await stack.user('viewer'), 1);
    const answer = await visitor.request('sale:join', { saleId: sale.id });
    assert.deepEqual(answer.lots.map((lot) => [lot.auctionId, lot.lotNumber, lot.status, lot.price]), [[second, 11, 'scheduled', null], [first, 12, 'active', null]]);
    assert.deepEqual([answer.lots[0].endsAtMs, answer.lots[0].startsAtMs], [null, null]);
    assert.equal(answer.lots[1].endsAtMs, (await stack.auction(first)).endsAtMs);
    const boards = [await follow(visitor, sale.id), await follow(viewer, sale.id)];

    const bidder = await stack.client(aoi, 1);
    assert.equal((await bidder.bid(first, 1000000)).ok, true);
    const price = (lot) => () => boards.every((board) => board().get(lot)?.price === 1000000);
    await until('the price on both boards', price(first));
    await stack.command(second, 'start');
    await until('the start on both boards', () => boards.every((board) => board().get(second).status === 'active'));
    for (const client of [visitor, viewer]) {
      const started = await client.event('auction:started', (data) => data.auctionId === second);
      assert.deepEqual([started.saleId, started.lotNumber, started.type], [sale.id, 11, 'started']);
      assert.ok(started.seq > 0);
    }
    await stack.command(first, 'pause');
    await until('the pause on both boards', () => boards.every((board) => board().get(first).status === 'paused'));
    assert.equal(boards[0]().get(first).endsAtMs, null);
  });

  it('tells of a lot that moves fast at most once a second, as it is then', async () => {
    const lot = await stack.lot(sale.id);
    const visitor = await stack.client(null, 0);
    const board = await follow(visitor, sale.id);
    const bidders = [await stack.client(aoi, 0), await stack.client(await stack.bidder('ren', sale.id), 1)];
    const began = Date.now();
    let price;
    let next = 1000000;
    for (let i = 0; Date.now() - began < 3000; i++) {
      const answer = await bidders[i % 2].bid(lot, next);
      assert.equal(answer.ok, true, JSON.stringify(answer));
      [price, next] = [answer.price, answer.minNextBid];
    }
    await until('the last price', () => board().get(lot).price === price);
    const told = updates(visitor, sale.id).filter(({ data }) => data.lots.some(({ auctionId }) => auctionId === lot));
    assert.ok(told.length <= (Date.now() - began) / 1000 + 2, `${told.length} updates`);
    told.map(({ data }) => data.lots.find(({ auctionId }) => auctionId === lot).seq).reduce((last, seq) => {
      assert.ok(seq > last);
      return seq;
    }, 0);
  });

  it('keeps drafts to the office', async () => {
    const hidden = await stack.sale({ status: 'draft' });
    const draft = await stack.lot(sale.id, { until: 'draft' });
    const visitor = await stack.client(null, 0);
    const console = await stack.client(office, 0);
    assert.equal((await visitor.request('sale:join', { saleId: hidden.id })).error.code, 'NOT_FOUND');
    assert.deepEqual((await console.request('sale:join', { saleId: hidden.id })).lots, []);
    assert.equal((await visitor.request('sale:join', { saleId: hidden.id })).error.code, 'NOT_FOUND', 'also while the office is in');
    assert.equal((await visitor.request('sale:join', { saleId: 999999999 })).error.code, 'NOT_FOUND');

    const public_ = await follow(visitor, sale.id);
    const all = await follow(console, sale.id);
    assert.equal(public_().has(draft), false);
    assert.equal(all().get(draft).status, 'draft');
    await stack.command(draft, 'schedule');
    await until('the lot in public', () => public_().get(draft)?.status === 'scheduled');
    for (const { data } of updates(visitor, sale.id)) assert.ok(data.lots.every(({ status }) => status !== 'draft'));
  });

  it('tells the office, and nobody else, of drafts that are made and changed', async () => {
    const consoles = [await stack.client(office, 0), await stack.client(office, 1)];
    const others = [await stack.client(null, 0), await stack.client(aoi, 1)];
    const boards = await Promise.all(consoles.map((client) => follow(client, sale.id)));
    for (const client of others) await follow(client, sale.id);
    const outside = await stack.client(office, 0);
    const draft = await stack.lot(sale.id, { until: 'draft' });
    await until('the draft on both boards', () => boards.every((board) => board().get(draft)?.status === 'draft'));
    (await office.api.patch(`/api/auctions/${draft}`, { lotNumber: 4321 }, '*')).expect(200);
    await until('its new number', () => boards.every((board) => board().get(draft).lotNumber === 4321));
    const { version } = boards[0]().get(draft);
    (await office.api.patch(`/api/auctions/${draft}`, { startPrice: 2000000 }, '*')).expect(200);
    await until('that it was changed', () => boards.every((board) => board().get(draft).version > version));
    const struck = await stack.lot(sale.id, { until: 'draft' });
    await until('the other draft', () => boards.every((board) => board().has(struck)));
    (await office.api.request('DELETE', `/api/auctions/${struck}`, { headers: { 'if-match': '*' } })).expect(204);
    await until('that it is no more', () => boards.every((board) => !board().has(struck)));
    assert.ok(boards.every((board) => board().has(draft)), 'only that one');
    const witness = await stack.lot(sale.id, { until: 'schedule' });
    for (const client of others) {
      await client.event('sale:update', ({ lots }) => lots.some(({ auctionId }) => auctionId === witness));
      for (const { data } of updates(client, sale.id)) assert.ok(data.gone === undefined && data.lots.every(({ auctionId, status, version }) => auctionId !== draft && status !== 'draft' && version === undefined));
    }
    assert.deepEqual(updates(outside, sale.id), [], 'nor of the office who is not in the room');
  });

  it('hears of a new order, which is no event', async () => {
    const lot = await stack.lot(sale.id, { until: 'schedule' });
    const visitor = await stack.client(null, 1);
    const board = await follow(visitor, sale.id);
    (await office.api.post(`/api/sales/${sale.id}/lots/order`, { lots: [{ auctionId: lot, lotNumber: 777 }] })).expect(200);
    await until('the new number', () => board().get(lot).lotNumber === 777, 15);
  });

  it('ends with sale:leave', async () => {
    const lot = await stack.lot(sale.id);
    const gone = await stack.client(null, 0);
    const here = await stack.client(null, 0);
    await follow(gone, sale.id);
    const board = await follow(here, sale.id);
    assert.deepEqual(await gone.request('sale:leave', { saleId: sale.id }), { ok: true });
    assert.deepEqual(await gone.request('sale:leave', { saleId: sale.id }), { ok: true }, 'it is no fault to leave twice');
    const before = updates(gone, sale.id).length;
    await stack.command(lot, 'withdraw', { expectedSeq: (await stack.auction(lot)).seq, reason: '欠場' });
    await until('the others to be told', () => board().get(lot).status === 'withdrawn');
    await gone.request('time:sync', { clientMs: 0 }); // what was sent before has come
    assert.equal(updates(gone, sale.id).length, before);
  });

  it('counts as a room, of which a connection may be in twenty', async () => {
    const client = await stack.client(null, 0);
    const sales = [];
    for (let i = 0; i < 20; i++) sales.push(await stack.sale());
    for (const { id } of sales) assert.equal((await client.request('sale:join', { saleId: id })).ok, true);
    assert.equal((await client.request('sale:join', { saleId: sale.id })).error.code, 'TOO_MANY_ROOMS');
    assert.equal((await client.request('sale:join', { saleId: sales[0].id })).ok, true, 'again into one it is in');
    await client.request('sale:leave', { saleId: sales[0].id });
    assert.equal((await client.request('sale:join', { saleId: sale.id })).ok, true);
    for (const saleId of [0, -1, 'x', 1.5, null, undefined]) assert.equal((await client.request('sale:join', { saleId })).error?.code, 'INVALID_MESSAGE', `${saleId}`);
  });

  it('tells a big sale in pieces that fit', async () => {
    const big = await stack.sale();
    const lots = [];
    for (let i = 0; i < 120; i++) lots.push(await stack.lot(big.id, { until: 'schedule' }));
    const visitor = await stack.client(null, 1);
    const board = await follow(visitor, big.id);
    assert.equal(board().size, 120);
    (await office.api.post(`/api/sales/${big.id}/lots/order`, { lots: lots.map((auctionId, i) => ({ auctionId, lotNumber: 1000 + i })) })).expect(200);
    await until('all the new numbers', () => [...board().values()].every(({ lotNumber }) => lotNumber >= 1000), 15);
    for (const { data } of updates(visitor, big.id)) assert.ok(data.lots.length <= 50);
  });
});
