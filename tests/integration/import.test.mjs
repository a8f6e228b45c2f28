// A catalogue as a file: in by REST, all of it or nothing, and out again.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { Stack } from './support/stack.mjs';

const HEADER = 'lot_number,name_ja,sex,coat_colour,foaled_on,sire_ja,dam_ja,consignor,disclosures,start_price,reserve';
const row = (number, more = {}) => {
  const cells = { number, name: '', sex: '牡', coat: '鹿毛', foaled: '2025-03-09', sire: 'サイノチチ', dam: 'ハナノハハ', consignor: '北の牧場', disclosures: '', start: 5000000, reserve: 8000000, ...more };
  return Object.values(cells).join(',');
};
const file = (...rows) => `${[HEADER, ...rows].join('\n')}\n`;
const shiftJis = (text) => execFileSync('iconv', ['-f', 'UTF-8', '-t', 'CP932'], { input: text });

describe('the catalogue of a sale as a file', () => {
  let stack, office, viewer;
  before(async () => {
    stack = await Stack.start({ nodes: 0 });
    office = (await stack.office()).api;
    viewer = (await stack.user('viewer')).api;
  });
  after(() => stack?.stop());

  const send = (sale, body, { query = '', type = 'text/csv', language = 'en', api = office } = {}) => api.post(`/api/sales/${sale.id}/lots${query}`, body, { headers: { 'content-type': type, 'accept-language': language } });
  const lots = async (sale) => (await office.get(`/api/auctions?saleId=${sale.id}&limit=200`)).expect(200).items;

  for (const [encoding, encode] of Object.entries({ 'UTF-8': (text) => text, 'UTF-8 with a mark': (text) => `\ufeff${text}`, Shift_JIS: shiftJis })) {
    it(`comes in as drafts from ${encoding}`, async () => {
      const sale = await stack.sale();
      const text = file(row(1, { disclosures: '"さく癖あり, ""軽度"""' }), row(20, { sex: '牝', coat: '芦毛', name: '髙橋①' }));
      assert.deepEqual((await send(sale, encode(text))).expect(200), { dryRun: false, lots: 2, faultCount: 0, faults: [] });
      const [first, second] = await lots(sale);
      assert.deepEqual([first.lotNumber, first.status, first.startPrice, first.reservePrice, first.horse.consignor], [1, 'draft', 5000000, 8000000, '北の牧場']);
      assert.deepEqual([second.lotNumber, second.horse.sex, second.horse.coatColour, second.horse.nameJa], [20, 'female', 'grey', '髙橋①']);
      assert.equal((await office.get(`/api/horses/${first.horse.id}`)).json.disclosures, 'さく癖あり, "軽度"');
    });
  }

  it('is refused whole for one bad row, and a dry run reports every one in the language asked for', async () => {
    const sale = await stack.sale();
    await stack.lot(sale.id, { lotNumber: 7, until: 'draft' });
    const text = file(row(1), row(2, { sex: '?', foaled: '2025-02-30' }), row(7), row(1), row(5, { start: 5000001 }));
    const faults = [[3, 'foaled_on'], [3, 'sex'], [4, 'lot_number'], [5, 'lot_number'], [6, 'start_price']];
    const report = (await send(sale, text, { query: '?dryRun=true' })).expect(200);
    assert.deepEqual([report.lots, report.faultCount, report.faults.map(({ line, column }) => [line, column])], [5, 5, faults]);
    assert.match(report.faults[1].message, /^[^ぁ-ん]*male/);
    const japanese = (await send(sale, text, { query: '?dryRun=true', language: 'ja' })).expect(200);
    assert.match(japanese.faults[1].message, /入力してください/);
    const refused = (await send(sale, text)).refused('INVALID_MESSAGE', 400);
    assert.deepEqual(refused.errors.map(({ field }) => field), faults.map(([line, column]) => `${line}:${column}`));
    assert.equal((await lots(sale)).length, 1);

    const many = file(...Array.from({ length: 1200 }, (_, i) => row(i + 10, { sex: 'x' })));
    const bounded = (await send(sale, many, { query: '?dryRun=true' })).expect(200);
    assert.deepEqual([bounded.faultCount, bounded.faults.length], [1200, 1000]);
    assert.equal((await send(sale, many)).refused('INVALID_MESSAGE').errors.length, 16);
    assert.deepEqual((await send(sale, file(row(9)), { query: '?dryRun=true' })).expect(200).faultCount, 0);
    assert.equal((await lots(sale)).length, 1, 'a dry run imports nothing');
    for (const nothing of ['', HEADER, 'x']) assert.ok((await send(sale, nothing, { query: '?dryRun=true' })).expect(200).faultCount > 0, nothing);
  });

  it('is taken of the office only, as CSV, for a sale that is there and not over', async () => {
    const sale = await stack.sale();
    (await send(sale, file(row(1)), { api: stack.api })).refused('UNAUTHENTICATED', 401);
    (await send(sale, file(row(1)), { api: viewer })).refused('FORBIDDEN', 403);
    (await send(sale, file(row(1)), { type: 'application/json' })).refused('UNSUPPORTED_MEDIA_TYPE', 415);
    (await send({ id: 999999 }, file(row(1)))).refused('NOT_FOUND', 404);
    (await office.patch(`/api/sales/${sale.id}`, { status: 'closed' }, '*')).expect(200);
    (await send(sale, file(row(1)))).refused('COMMAND_NOT_ALLOWED', 409);
    (await viewer.get(`/api/sales/${sale.id}/lots`)).refused('FORBIDDEN', 403);
    (await office.get('/api/sales/999999/lots')).refused('NOT_FOUND', 404);
  });

  it('comes out without formulas for spreadsheets, and goes in again as it was', async () => {
    const [from, to] = [await stack.sale(), await stack.sale()];
    const texts = ['=HYPERLINK("http://evil.example","x")', '+81-146-00-0000', '-', '@SUM(A1)', '＝1＋1', "'=1", "'t Hof", 'a=1', '牧場'];
    const columns = 'lot_number,sex,coat_colour,foaled_on,sire_ja,dam_ja,start_price,name_en,breeder,notes';
    const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
    for (const [i, text] of texts.entries()) {
      const horse = (await office.post('/api/horses', { sex: 'male', coatColour: 'bay', foaledOn: '2025-03-09', sireJa: '父', damJa: '母', nameEn: text, breeder: text, notes: text })).expect(201);
      (await office.post('/api/auctions', { saleId: from.id, horseId: horse.id, lotNumber: i + 1, startPrice: 10000 })).expect(201);
    }
    const out = (await office.get(`/api/sales/${from.id}/lots`)).text;
    assert.doesNotMatch(out, /(^|,)"[=+@＝＋－＠-]/m);
    assert.equal((await send(to, out)).expect(200).lots, texts.length);
    assert.equal((await office.get(`/api/sales/${to.id}/lots`)).text, out);
    const notes = async (sale) => Promise.all((await lots(sale)).map(async ({ horse }) => (await office.get(`/api/horses/${horse.id}`)).json.notes));
    assert.deepEqual(await notes(to), texts);
    const plain = `${columns}\n1,牡,鹿毛,2025-03-09,父,母,10000,${['=1', "'t Hof", "'"].map(quoted)}\n`;
    const third = await stack.sale();
    (await send(third, plain)).expect(200);
    assert.deepEqual(await notes(third), ["'"], 'what others wrote is left alone');
  });

  it('comes out as it would go in, however large', async () => {
    const [from, to] = [await stack.sale(), await stack.sale()];
    const count = 20000;
    const text = file(row(1, { disclosures: '"二行\nあり, ""引用"""' }), ...Array.from({ length: count - 1 }, (_, i) => row(i + 2, { start: 10000 * (i + 1) })));
    assert.equal((await send(from, text)).expect(200).lots, count);
    const out = await office.get(`/api/sales/${from.id}/lots`);
    assert.equal(out.status, 200);
    assert.match(out.headers.get('content-disposition'), /filename="sale-\d+\.csv"/);
    assert.equal((await send(to, out.text)).expect(200).lots, count);
    assert.equal((await office.get(`/api/sales/${to.id}/lots`)).text, out.text);
    assert.equal((await lots(to))[0].reservePrice, 8000000);
    assert.equal(stack.database.sql(`SELECT string_agg(details->>'lots', ',') FROM audit_log WHERE action = 'lots_imported' AND sale_id IN (${from.id}, ${to.id})`), `${count},${count}`);
  });
});
