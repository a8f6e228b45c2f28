// Sales: what the office may make of one, and when.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

describe('sales', () => {
  let stack, office;
  before(async () => {
    stack = await Stack.start({ nodes: 1 });
    office = (await stack.office()).api;
  });
  after(() => stack?.stop());

  const become = (id, status) => office.patch(`/api/sales/${id}`, { status }, '*');

  it('go from draft to closed, and back where nobody is hurt by it', async () => {
    const { id } = await stack.sale({ status: 'draft' });
    const forbidden = { draft: ['running', 'closed'], published: [], running: ['draft'], closed: ['draft', 'published'] };
    const walk = ['published', 'draft', 'published', 'running', 'published', 'running', 'closed', 'running', 'closed'];
    let status = 'draft';
    for (const next of walk) {
      for (const other of forbidden[status]) (await become(id, other)).refused('COMMAND_NOT_ALLOWED', 409);
      assert.equal((await become(id, next)).expect(200).status, next);
      status = next;
    }
    (await become(id, 'draft')).refused('COMMAND_NOT_ALLOWED', 409);
  });

  it('are closed when every lot has ended, and are drafts again only with drafts', async () => {
    const { id } = await stack.sale();
    const lot = await stack.lot(id, { until: 'draft' });
    assert.match((await become(id, 'closed')).refused('COMMAND_NOT_ALLOWED').detail, /終了していない/);
    (await become(id, 'draft')).expect(200);
    (await become(id, 'published')).expect(200);
    await stack.command(lot, 'schedule');
    assert.match((await become(id, 'draft')).refused('COMMAND_NOT_ALLOWED').detail, /下書きでない/);
    (await become(id, 'running')).expect(200);
    await stack.command(lot, 'start');
    assert.match((await become(id, 'published')).refused('COMMAND_NOT_ALLOWED').detail, /セリの最中/);
    // On a machine too busy for its node the lot is paused as by an outage at any moment, and is another then.
    const withdraw = async () => office.post(`/api/auctions/${lot}/withdraw`, { expectedSeq: (await stack.auction(lot)).seq, reason: '欠場' });
    await until('the lot to be withdrawn', async () => (await withdraw()).status === 200);
    (await become(id, 'closed')).expect(200);
    const { horse } = await stack.auction(lot);
    (await office.post('/api/auctions', { saleId: id, horseId: horse.id, lotNumber: 999, startPrice: 10000 })).refused('COMMAND_NOT_ALLOWED', 409);
  });

  it('keep what they charge, when to pay, how they are paced and on which terms people bid', async () => {
    const sale = await stack.sale({
      endsAt: '2026-07-15T16:00:00.000Z', entryFee: 30000, passedFee: 50000, sellerCommissionBp: 500,
      pacingMode: 'interval', pacingIntervalMs: 60000, maxActive: 3, termsVersion: '2026-1', termsUrl: '/terms/2026-1',
    });
    assert.deepEqual([sale.entryFee, sale.passedFee, sale.demo, sale.pausedAt], [30000, 50000, false, null]);
    assert.equal(sale.dueOn, '2026-07-26', 'ten days after the last day, which in Japan is the 16th');
    assert.deepEqual(sale.pacing, { mode: 'interval', intervalMs: 60000, maxActive: 3 });
    const path = `/api/sales/${sale.id}`;
    const shown = (await stack.api.get(path)).expect(200);
    assert.deepEqual([shown.termsVersion, shown.termsUrl, shown.entryFee, shown.passedFee], ['2026-1', '/terms/2026-1', undefined, undefined]);
    assert.equal((await office.patch(path, { dueOn: '2026-08-31', termsUrl: null }, '*')).expect(200).dueOn, '2026-08-31');
    const faults = { dueOn: { dueOn: '2026-07-01' }, termsUrl: { termsUrl: 'javascript:alert(1)' }, termsVersion: { termsUrl: '/x', termsVersion: null }, pacingMode: { pacingMode: 'fast' }, pacingIntervalMs: { pacingIntervalMs: 999 } };
    for (const [field, body] of Object.entries(faults)) assert.equal((await office.patch(path, body, '*')).refused('INVALID_MESSAGE', 400).errors[0].field, field);
    (await office.post('/api/sales', { nameJa: 'x', nameEn: 'x', status: 'closed' })).refused('INVALID_MESSAGE');
  });

  it('have their lots in an order that can be changed at once, until a lot has started', async () => {
    const { id } = await stack.sale();
    const lots = [];
    for (let lotNumber = 1; lotNumber <= 4; lotNumber++) lots.push(await stack.lot(id, { lotNumber, until: lotNumber < 3 ? 'draft' : 'schedule' }));
    const order = (places) => office.post(`/api/sales/${id}/lots/order`, { lots: places.map(([index, lotNumber]) => ({ auctionId: lots[index] ?? index, lotNumber })) });
    const numbers = async () => (await office.get(`/api/auctions?saleId=${id}`)).expect(200).items.map((item) => [lots.indexOf(item.id), item.lotNumber]);
    assert.equal((await order([[0, 3], [1, 2], [2, 1], [3, 40]])).expect(200).changed, 3);
    assert.deepEqual(await numbers(), [[2, 1], [1, 2], [0, 3], [3, 40]]);
    (await order([[0, 40]])).refused('CONFLICT', 409);
    (await order([[0, 0]])).refused('INVALID_MESSAGE', 400);
    assert.equal((await order([[0, 5], [999999, 6]])).refused('INVALID_MESSAGE', 400).errors[0].field, 'lots[1].auctionId');
    assert.equal((await order([[0, 5], [0, 6]])).refused('INVALID_MESSAGE', 400).errors[0].field, 'lots[1].auctionId');
    await stack.command(lots[3], 'start');
    (await order([[0, 40], [3, 3]])).refused('COMMAND_NOT_ALLOWED', 409);
    assert.deepEqual(await numbers(), [[2, 1], [1, 2], [0, 3], [3, 40]], 'all or nothing');
    (await office.post('/api/sales/999999/lots/order', { lots: [{ auctionId: lots[0], lotNumber: 1 }] })).refused('NOT_FOUND', 404);
  });

  it('show their lots by number, sex, sire, consignor and price, and in other orders, page by page', async () => {
    const { id } = await stack.sale();
    const prices = [3000000, 1000000, 2000000, 1000000];
    const lots = [];
    for (const [index, startPrice] of prices.entries()) lots.push(await stack.lot(id, { lotNumber: index + 1, startPrice, until: 'schedule', consignor: index === 2 ? '北の牧場' : undefined }));
    await stack.command(lots[3], 'start');
    const list = async (query, limit = 200) => {
      const found = [];
      for (let after; after !== null;) {
        const page = (await stack.api.get(`/api/auctions?${new URLSearchParams({ saleId: id, limit, ...query, ...(after ? { after } : {}) })}`)).expect(200);
        found.push(...page.items.map((item) => item.lotNumber));
        after = page.next;
      }
      return found;
    };
    assert.deepEqual(await list({ lotNumber: 3 }), [3]);
    assert.deepEqual(await list({ consignor: '北の' }), [3]);
    assert.deepEqual(await list({ sire: 'サイノ', sex: 'male' }), [1, 2, 3, 4]);
    assert.deepEqual(await list({ sex: 'female' }), []);
    assert.deepEqual(await list({ priceFrom: 1000001, priceTo: 3000000 }), [1, 3]);
    for (const limit of [1, 3, 200]) {
      assert.deepEqual(await list({ sort: 'price' }, limit), [2, 4, 3, 1]);
      assert.deepEqual(await list({ sort: '-price' }, limit), [1, 3, 2, 4]);
      assert.deepEqual(await list({ sort: 'endsAt' }, limit), [4, 1, 2, 3]);
    }
    assert.equal((await list({ sort: 'startsAt' }))[0], 4);
    (await stack.api.get('/api/auctions?sort=name')).refused('INVALID_MESSAGE', 400);
  });

  it('vanish only as empty drafts, in the version that was looked at', async () => {
    const made = await office.post('/api/sales', { nameJa: '試験', nameEn: 'Test' });
    const { id } = made.expect(201);
    const etag = made.headers.get('etag');
    const remove = (tag) => office.request('DELETE', `/api/sales/${id}`, { headers: tag ? { 'if-match': tag } : {} });
    (await remove()).refused('PRECONDITION_REQUIRED', 428);
    (await remove('"0"')).refused('PRECONDITION_FAILED', 412);
    const lot = await stack.lot(id, { until: 'draft' });
    (await remove(etag)).refused('COMMAND_NOT_ALLOWED', 409);
    const lotTag = (await office.get(`/api/auctions/${lot}`)).headers.get('etag');
    const scrap = (tag) => office.request('DELETE', `/api/auctions/${lot}`, { headers: tag ? { 'if-match': tag } : {} });
    (await scrap()).refused('PRECONDITION_REQUIRED', 428);
    (await scrap('"9-9"')).refused('PRECONDITION_FAILED', 412);
    (await scrap(lotTag)).expect(204);
    (await scrap(lotTag)).refused('AUCTION_NOT_FOUND', 404);
    (await remove(etag)).expect(204);
    (await remove(etag)).refused('NOT_FOUND', 404);
    const scheduled = await stack.lot((await stack.sale()).id, { until: 'schedule' });
    (await office.request('DELETE', `/api/auctions/${scheduled}`, { headers: { 'if-match': '*' } })).refused('COMMAND_NOT_ALLOWED', 409);
  });
});
