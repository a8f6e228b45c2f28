// Sales: what the office may make of one, and when.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Stack } from './support/stack.mjs';

describe('sales', () => {
  let stack, office;
  before(async () => {
    stack = await Stack.start({ nodes: 0 });
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
    assert.match((await become(id, 'closed')).refused('COMMAND_NOT_ALLOWED').detail, /not ended/);
    (await become(id, 'draft')).expect(200);
    (await become(id, 'published')).expect(200);
    await stack.command(lot, 'schedule');
    assert.match((await become(id, 'draft')).refused('COMMAND_NOT_ALLOWED').detail, /no drafts/);
    (await become(id, 'running')).expect(200);
    await stack.command(lot, 'start');
    assert.match((await become(id, 'published')).refused('COMMAND_NOT_ALLOWED').detail, /under the hammer/);
    await stack.command(lot, 'withdraw', { expectedSeq: 2, reason: '欠場' });
    (await become(id, 'closed')).expect(200);
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
