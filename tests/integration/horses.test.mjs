// Horses with all that is known of them, and the parties that consign them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

const horse = { sex: 'female', coatColour: 'grey', foaledOn: '2024-02-29', sireJa: 'サイノチチ', damJa: 'ミナモノハナ' };

describe('horses', () => {
  let stack, office, visitor;
  before(async () => {
    stack = await Stack.start({ nodes: 1 });
    office = (await stack.office()).api;
    visitor = stack.api;
  });
  after(() => stack?.stop());

  const enter = async (body = {}) => (await office.post('/api/horses', { ...horse, ...body })).expect(201);
  const change = async (id, body) => office.request('PATCH', `/api/horses/${id}`, { body, headers: { 'if-match': '*' } });
  const remove = (path, etag = '*') => office.request('DELETE', path, { headers: etag ? { 'if-match': etag } : {} });
  const faults = (answer) => answer.refused('INVALID_MESSAGE', 400).errors.map(({ field }) => field).sort();

  it('have three generations of ancestors, whose first are those of the horse itself', async () => {
    const pedigree = { sire: { ja: 'サイノチチ' }, sireSire: { ja: '父父', en: null }, damDamDam: { en: 'Third Dam' } };
    const { id } = await enter({ sireEn: 'Sire', damsireJa: '母父', pedigree });
    const seen = async () => (await visitor.get(`/api/horses/${id}`)).expect(200).pedigree;
    assert.deepEqual(await seen(), { sire: { ja: 'サイノチチ', en: 'Sire' }, dam: { ja: 'ミナモノハナ' }, damSire: { ja: '母父' }, sireSire: { ja: '父父' }, damDamDam: { en: 'Third Dam' } });
    // A client that sends back what it got, with a change, is understood; and so is one that renames the sire alone.
    (await change(id, { pedigree: { ...(await seen()), damDam: { ja: '母母' } } })).expect(200);
    assert.deepEqual((await change(id, { sireJa: '別の父', sireEn: null })).expect(200).pedigree.sire, { ja: '別の父' });
    assert.deepEqual((await seen()).damDam, { ja: '母母' });
    for (const wrong of [{ sire: { ja: 'ほかの馬' } }, { damSire: { en: 'Nobody' } }]) assert.deepEqual(faults(await change(id, { pedigree: wrong })), ['pedigree']);
    assert.deepEqual(faults(await office.post('/api/horses', { ...horse, pedigree: { sireSireSireSire: {}, dam: 'x', damDam: { fr: 'x', ja: '' } } })),
      ['pedigree.dam', 'pedigree.damDam.fr', 'pedigree.damDam.ja', 'pedigree.sireSireSireSire']);
  });

  it('are born on a day that has come, in Japan', async () => {
    const day = (offset) => new Date(Date.now() + 9 * 3600000 + offset * 86400000).toISOString().slice(0, 10);
    const { id } = await enter({ foaledOn: day(0) });
    assert.deepEqual(faults(await office.post('/api/horses', { ...horse, foaledOn: day(2), consignor: 'x', consignorId: 1 })), ['consignorId', 'foaledOn']);
    assert.deepEqual(faults(await change(id, { foaledOn: day(2) })), ['foaledOn']);
  });

  it('have a race record and its sum', async () => {
    const start = { date: '2026-06-07', course: '東京', race: '2歳新馬', distance: 1600, surface: 'turf', going: '良', runners: 16, finish: 1, timeMs: 94300, jockey: '騎手', prize: 7200000 };
    const { id } = await enter({ raceRecord: [start, { ...start, finish: 3, prize: 1800000 }, { date: '2026-08-01', course: '札幌', race: '札幌2歳S', finish: null }] });
    const seen = (await visitor.get(`/api/horses/${id}`)).expect(200);
    assert.deepEqual(seen.raceSummary, { starts: 3, wins: 1, seconds: 0, thirds: 1, prize: 9000000 });
    assert.deepEqual(seen.raceRecord[0], start);
    assert.deepEqual((await change(id, { raceRecord: [] })).expect(200).raceSummary, { starts: 0, wins: 0, seconds: 0, thirds: 0, prize: 0 });
    assert.deepEqual(faults(await change(id, { raceRecord: [start, { ...start, date: '2026-02-30', surface: 'ice', prize: -1 }, 7] })),
      ['raceRecord[1].date', 'raceRecord[1].prize', 'raceRecord[1].surface', 'raceRecord[2]']);
  });

  it('have veterinary notes that only the office sees', async () => {
    const { id, vetNotes } = await enter({ vetNotes: '左前 要観察 "X"' });
    assert.equal(vetNotes, '左前 要観察 "X"');
    const bidder = await stack.user('curious', 'bidder');
    for (const api of [visitor, bidder.api]) {
      assert.equal((await api.get(`/api/horses/${id}`)).expect(200).vetNotes, undefined);
      assert.doesNotMatch((await api.get('/api/horses')).text, /要観察/);
    }
    assert.equal((await office.get(`/api/horses/${id}`)).expect(200).vetNotes, '左前 要観察 "X"');
  });

  it('are found by names, sex, year and consignor, in any order, page by page', async () => {
    for (const [nameJa, foaledOn, sireJa, damJa] of [['ウ号', '2023-03-01', '探す父', '甲母'], ['ア号', '2023-01-01', '探す父', '乙母'], ['イ号', '2023-02-01', '探す父', '甲母']]) {
      await enter({ nameJa, foaledOn, sireJa, damJa, sex: 'male', consignor: '探す牧場' });
    }
    const find = async (query) => (await visitor.get(`/api/horses?${new URLSearchParams(query)}`)).expect(200);
    const names = async (query) => (await find({ sire: '探す', ...query })).items.map(({ nameJa }) => nameJa);
    assert.deepEqual(await names({}), ['ウ号', 'ア号', 'イ号']);
    assert.deepEqual(await names({ sort: 'name' }), ['ア号', 'イ号', 'ウ号']);
    assert.deepEqual(await names({ sort: '-name' }), ['ウ号', 'イ号', 'ア号']);
    assert.deepEqual(await names({ sort: 'foaledOn', dam: '甲' }), ['イ号', 'ウ号']);
    assert.deepEqual(await names({ sort: '-createdAt', consignor: '探す牧', sex: 'male', foaledYear: 2023 }), ['イ号', 'ア号', 'ウ号']);
    assert.deepEqual(await names({ sex: 'female' }), []);
    const { consignorId } = (await find({ q: 'ウ号' })).items[0];
    assert.equal((await names({ consignorId })).length, 3);
    const walked = [];
    for (let after = null; ;) {
      const page = await find({ sire: '探す', sort: '-foaledOn', limit: 2, ...(after ? { after } : {}) });
      walked.push(...page.items.map(({ nameJa }) => nameJa));
      if (!(after = page.next)) break;
    }
    assert.deepEqual(walked, ['ウ号', 'イ号', 'ア号']);
    (await visitor.get('/api/horses?sort=price')).refused('INVALID_MESSAGE', 400);
  });

  it('disclose by entries that are corrected and never edited away', async () => {
    const { id } = await enter({ disclosures: 'さく癖' });
    const path = `/api/horses/${id}/disclosures`;
    const [first] = (await visitor.get(path)).expect(200).items;
    assert.deepEqual([first.text, first.current, first.supersedes], ['さく癖', true, null]);
    const etag = (await visitor.get(`/api/horses/${id}`)).headers.get('etag');
    const second = (await office.post(path, { dated: '2026-05-01', text: '左前 球節 手術' })).expect(201);
    assert.notEqual((await visitor.get(`/api/horses/${id}`)).headers.get('etag'), etag, 'the horse is another version');
    const text = async () => (await visitor.get(`/api/horses/${id}`)).expect(200).disclosures;
    assert.deepEqual((await text()).split('\n').sort(), ['さく癖', '左前 球節 手術'].sort());

    const third = (await office.post(path, { dated: '2026-07-02', text: 'さく癖（軽度）', supersedes: first.id, reason: '再検査' })).expect(201);
    (await office.post(path, { dated: '2026-07-02', text: '二度目', supersedes: first.id, reason: '重複' })).refused('CONFLICT', 409);
    (await office.post(path, { dated: '2026-07-03', text: '', supersedes: second.id, reason: '別の馬の記録' })).expect(201);
    assert.equal(await text(), 'さく癖（軽度）');
    const history = (await visitor.get(path)).expect(200).items;
    assert.deepEqual(history.map(({ text: said, current, supersededBy }) => [said, current, supersededBy]), [
      ['さく癖', false, third.id], ['左前 球節 手術', false, history[3].id], ['さく癖（軽度）', true, null], ['', false, null],
    ]);

    const other = await enter();
    assert.deepEqual(faults(await office.post(`/api/horses/${other.id}/disclosures`, { dated: '2026-07-02', text: 'x', supersedes: third.id, reason: 'x' })), ['supersedes']);
    assert.deepEqual(faults(await office.post(path, { dated: '2026-07-02', text: '', supersedes: third.id })), ['reason']);
    assert.deepEqual(faults(await office.post(path, { dated: '2026-07-02', text: '', reason: 'x' })), ['supersedes', 'text']);
    assert.deepEqual(faults(await change(id, { disclosures: '' })), ['disclosures']);
    for (const method of ['GET', 'POST']) (await office.request(method, '/api/horses/999999/disclosures', method === 'POST' ? { body: { dated: '2026-07-02', text: 'x' } } : {})).refused('NOT_FOUND', 404);
    assert.throws(() => stack.database.sql(`DELETE FROM disclosures WHERE id = ${first.id}`), 'not even by hand');
    assert.throws(() => stack.database.sql(`UPDATE disclosures SET text = 'x' WHERE id = ${first.id}`));
  });

  it('are forgotten where no lot has them', async () => {
    const { id } = await enter({ disclosures: 'さく癖' });
    const sale = await stack.sale();
    const lot = (await office.get(`/api/auctions/${await stack.lot(sale.id, { until: 'draft' })}`)).expect(200);
    (await remove(`/api/horses/${lot.horse.id}`)).refused('CONFLICT', 409);
    (await remove(`/api/horses/${id}`, '"9"')).refused('PRECONDITION_FAILED', 412);
    (await remove(`/api/horses/${id}`, null)).refused('PRECONDITION_REQUIRED', 428);
    (await remove(`/api/horses/${id}`)).expect(204);
    (await remove(`/api/horses/${id}`)).refused('NOT_FOUND', 404);
    (await visitor.get(`/api/horses/${id}`)).refused('NOT_FOUND', 404);
  });

  it('are consigned by parties, of which others see the name alone', async () => {
    const party = { name: '丘の上牧場', postalAddress: '北海道浦河郡浦河町1-2-3', phone: '0146-00-0000', invoiceNumber: 'T7000012050002' };
    const made = await office.post('/api/parties', party);
    const { id } = made.expect(201);
    (await office.post('/api/parties', party)).refused('CONFLICT', 409);
    assert.deepEqual(faults(await office.post('/api/parties', { name: 'x', invoiceNumber: 'T7000012050003' })), ['invoiceNumber']);
    const { id: horseId } = await enter({ consignorId: id });
    const seen = await visitor.get(`/api/horses/${horseId}`);
    assert.deepEqual([seen.json.consignor, seen.json.consignorId], [party.name, id]);
    assert.doesNotMatch(seen.text, /浦河|0146|T7000/);
    assert.deepEqual(faults(await change(horseId, { consignorId: 999999 })), ['consignorId']);
    assert.deepEqual(faults(await change(horseId, { consignorId: id, consignor: 'x' })), ['consignorId']);

    const etag = made.headers.get('etag');
    assert.equal((await office.patch(`/api/parties/${id}`, { phone: null }, etag)).expect(200).phone, null);
    (await office.patch(`/api/parties/${id}`, { phone: 'x' }, etag)).refused('PRECONDITION_FAILED', 412);
    (await office.patch(`/api/parties/${id}`, { phone: 'x' })).refused('PRECONDITION_REQUIRED', 428);
    (await office.patch(`/api/parties/${id}`, { invoiceNumber: 'T1' }, '*')).refused('INVALID_MESSAGE', 400);
    (await office.patch('/api/parties/999999', { phone: 'x' }, '*')).refused('NOT_FOUND', 404);
    const other = (await office.post('/api/parties', { name: '谷の牧場' })).expect(201);
    (await office.patch(`/api/parties/${other.id}`, { name: party.name }, '*')).refused('CONFLICT', 409);
    assert.deepEqual((await office.get('/api/parties?q=谷')).expect(200).items, [other]);
    (await office.get('/api/parties?limit=0')).refused('INVALID_MESSAGE', 400);
    (await visitor.get(`/api/parties/${id}`)).refused('UNAUTHENTICATED', 401);
    (await office.get('/api/parties/999999')).refused('NOT_FOUND', 404);
    assert.equal((await office.get(`/api/parties/${id}`)).expect(200).name, party.name);
    (await remove(`/api/parties/${id}`)).refused('CONFLICT', 409);
    (await remove(`/api/parties/${other.id}`, '"9"')).refused('PRECONDITION_FAILED', 412);
    (await remove(`/api/parties/${other.id}`, null)).refused('PRECONDITION_REQUIRED', 428);
    (await remove(`/api/parties/${other.id}`)).expect(204);
    (await remove(`/api/parties/${other.id}`)).refused('NOT_FOUND', 404);
  });

  it("refuse the bids of whoever belongs to their consignor, within seconds, until they do no more", async () => {
    const sale = await stack.sale();
    const aoi = await stack.bidder('aoi', sale.id);
    const ren = await stack.bidder('ren', sale.id);
    const lot = await stack.lot(sale.id, { consignor: '海辺牧場', startPrice: 1000000 });
    const party = (await office.get('/api/parties?q=海辺')).expect(200).items[0];
    const [client, rival] = [await stack.client(aoi, 0), await stack.client(ren, 0)];
    assert.equal((await stack.bid(client, lot, 1000000)).ok, true);
    assert.equal((await stack.bid(rival, lot, 1100000)).ok, true);
    const member = `/api/parties/${party.id}/users/${aoi.id}`;
    assert.deepEqual((await office.request('PUT', member)).expect(200).users.map(({ email }) => email), [aoi.email]);
    assert.equal((await office.request('PUT', member)).expect(200).users.length, 1, 'once is enough');
    // A desk accepts upon what it read within the last two seconds.
    await until('membership to be felt', async () => (await stack.bid(client, lot, 1200000)).error?.code === 'OWN_LOT', 5);
    assert.deepEqual((await office.request('DELETE', member)).expect(200).users, []);
    assert.equal((await stack.bid(rival, lot, 1500000)).ok, true);
    assert.equal((await stack.bid(client, lot, 1600000)).ok, true);
    (await office.request('DELETE', member)).refused('NOT_FOUND', 404);
    assert.equal(stack.database.sql(`SELECT string_agg(action, ' ' ORDER BY id) FROM audit_log WHERE user_id = ${(await stack.office()).id}
      AND details = '{"partyId": ${party.id}, "userId": ${aoi.id}}'`), 'party_user_added party_user_removed');
    (await office.request('PUT', `/api/parties/${party.id}/users/999999`)).refused('CONFLICT', 409);
    (await office.request('PUT', `/api/parties/999999/users/${aoi.id}`)).refused('NOT_FOUND', 404);
  });
});
