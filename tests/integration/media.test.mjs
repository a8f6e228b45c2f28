// Photos, videos and documents of horses: uploads that are judged before they are read, files whole and in parts, and private
// documents for those who may see them, with an account of who did.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from './support/processes.mjs';
import { FakeS3 } from './support/s3.mjs';
import { contract } from './support/contract.mjs';
import { Stack } from './support/stack.mjs';

const MAX = 700000;
const png = (size = 2000, width = 640, height = 480) => {
  const head = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\0', 'latin1');
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return Buffer.concat([head, randomBytes(size - head.length)]);
};
const pdf = (text = 'findings') => Buffer.from(`%PDF-1.7\n${text}\n`);

let office, horseId;
const upload = (api, id, query, body, headers = {}) =>
  api.request('POST', `/api/horses/${id}/media?${new URLSearchParams(query)}`, { body, headers: { 'content-type': 'application/octet-stream', ...headers } });
const enter = async () => (await office.post('/api/horses', { sex: 'male', coatColour: 'bay', foaledOn: '2025-03-09', sireJa: '父', damJa: '母' })).expect(201).id;

describe('media in a folder', () => {
  let stack, visitor, folder;
  before(async () => {
    stack = await Stack.start({ nodes: 0, env: { MEDIA_BYTES: `${MAX}`, SPOOL_BYTES: '1200000' } });
    office = (await stack.office()).api;
    visitor = stack.api;
    folder = stack.env.MEDIA_DIR;
    horseId = await enter();
  });
  after(() => stack?.stop());

  const files = () => readdirSync(folder).flatMap((shelf) => readdirSync(join(folder, shelf)));
  const fetchFile = (path, headers = {}, method = 'GET') => fetch(visitor.origin + path, { method, headers, redirect: 'manual' });
  const metric = async (name) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec((await visitor.get('/metrics')).text)?.[1]);
  const spooled = () => metric('seri_rest_spool_bytes');

  /** A POST of our own pace: {request, answered: Promise<{status, code}>, continued: boolean}. */
  function begin(path, headers, token = office.token) {
    const made = { continued: false };
    made.request = httpRequest(visitor.origin + path, { method: 'POST', headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers } });
    made.request.on('continue', () => { made.continued = true; });
    made.answered = new Promise((done, fail) => {
      made.request.on('response', async (response) => {
        const pieces = [];
        for await (const piece of response) pieces.push(piece);
        const text = `${Buffer.concat(pieces)}`;
        const answer = { status: response.statusCode, headers: new Headers(response.headers), text, json: JSON.parse(text) };
        contract.check('POST', path, undefined, answer);
        done({ status: answer.status, code: answer.json.code });
      });
      made.request.on('error', fail);
    });
    made.answered.catch(() => {});
    return made;
  }

  it('are uploaded as they are, measured, and shown whole, in parts, or not again', async () => {
    const body = png(50000);
    const made = await upload(office, horseId, { kind: 'photo', caption: '左側 立ち姿' }, body, { 'content-type': 'text/html' });
    const medium = made.expect(201);
    assert.deepEqual([medium.contentType, medium.size, medium.width, medium.height, medium.private, medium.caption, medium.position],
      ['image/png', 50000, 640, 480, false, '左側 立ち姿', 0]);
    assert.equal(made.headers.get('location'), `/api/media/${medium.id}`);
    assert.deepEqual((await visitor.get(`/api/horses/${horseId}`)).expect(200).media.map(({ id }) => id), [medium.id]);
    assert.match(files().join(), /^[0-9a-f]{32}$/);

    const whole = await fetchFile(medium.url);
    assert.equal(whole.status, 200);
    assert.deepEqual(Buffer.from(await whole.arrayBuffer()), body);
    const etag = whole.headers.get('etag');
    assert.deepEqual(['content-type', 'cache-control', 'x-content-type-options', 'content-security-policy', 'accept-ranges', 'content-disposition'].map((name) => whole.headers.get(name)),
      ['image/png', 'public, max-age=31536000, immutable', 'nosniff', "default-src 'none'; sandbox", 'bytes', null]);
    assert.equal((await fetchFile(medium.url.split('?')[0])).headers.get('cache-control'), 'public, max-age=60', 'another version may come to lie there');

    const content = `/api/media/${medium.id}/content`;
    (await visitor.request('GET', content, { headers: { 'if-none-match': `"x", W/${etag}` } })).expect(304);
    (await visitor.request('GET', content, { headers: { range: 'bytes=50000-' } })).refused('RANGE_NOT_SATISFIABLE', 416);
    for (const [range, condition, status, part] of [
      ['bytes=10-19', null, 206, [10, 20]], ['bytes=-5', etag, 206, [49995, 50000]], ['bytes=49990-', null, 206, [49990, 50000]],
      ['bytes=0-9', '"another"', 200, [0, 50000]], ['bytes=5-1', null, 200, [0, 50000]],
    ]) {
      const answer = await fetchFile(medium.url, { range, ...(condition ? { 'if-range': condition } : {}) });
      assert.equal(answer.status, status, range);
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), body.subarray(...part), range);
      if (status === 206) assert.equal(answer.headers.get('content-range'), `bytes ${part[0]}-${part[1] - 1}/50000`);
    }
    const head = await fetchFile(medium.url, {}, 'HEAD');
    assert.deepEqual([head.status, head.headers.get('content-length'), (await head.arrayBuffer()).byteLength], [200, '50000', 0]);
    assert.equal((await visitor.get(`/api/media/${medium.id}`)).expect(200).id, medium.id);
    for (const path of ['/api/media/999999', '/api/media/999999/content']) (await visitor.get(path)).refused('NOT_FOUND', 404);
  });

  it('are what their bytes say, or nothing', async () => {
    const before = files().length;
    for (const [kind, body] of [
      ['photo', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')], ['photo', Buffer.from('<!DOCTYPE html>')], ['photo', pdf()],
      ['video', png()], ['document', randomBytes(1000)],
    ]) (await upload(office, horseId, { kind }, body, { 'content-type': 'image/png' })).refused('UNSUPPORTED_MEDIA_TYPE', 415);
    (await upload(office, horseId, { kind: 'photo' }, Buffer.alloc(0))).refused('INVALID_MESSAGE', 400);
    for (const query of [{}, { kind: 'sculpture' }, { kind: 'photo', position: -1 }, { kind: 'photo', private: 'perhaps' }]) (await upload(office, horseId, query, png())).refused('INVALID_MESSAGE', 400);
    (await upload(office, horseId, { kind: 'xray', private: 'false' }, pdf())).refused('INVALID_MESSAGE', 400);
    assert.equal(stack.database.sql(`SELECT count(*) FROM media WHERE horse_id = ${horseId}`), '1');
    // The last one was refused by the database, when its file was there already: it is known as an orphan, and goes in a day.
    assert.equal(stack.database.sql('SELECT count(*) FROM media_trash'), '1');
    stack.database.sql('UPDATE media_trash SET due_at = now()');
    (await upload(office, horseId, { kind: 'document', caption: 'x' }, pdf())).expect(201);
    assert.equal(files().length, before + 1);
    assert.equal(await spooled(), 0);
  });

  it('are judged before they are read', async () => {
    const path = `/api/horses/${horseId}/media?kind=photo`;
    const waiting = { expect: '100-continue', 'content-length': '500000' };
    const bidder = await stack.user('stranger', 'bidder');
    const cases = [
      [path, null, waiting, 401, 'UNAUTHENTICATED'], [path, bidder.token, waiting, 403, 'FORBIDDEN'], ['/api/horses/999999/media?kind=photo', office.token, waiting, 404, 'NOT_FOUND'],
      [`/api/horses/${horseId}/media?kind=x`, office.token, waiting, 400, 'INVALID_MESSAGE'], [path, office.token, { ...waiting, 'content-length': `${MAX + 1}` }, 413, 'PAYLOAD_TOO_LARGE'],
    ];
    for (const [to, token, headers, status, code] of cases) {
      const upload = begin(to, headers, token);
      upload.request.flushHeaders();
      assert.deepEqual(await upload.answered, { status, code });
      assert.equal(upload.continued, false, 'nobody was told to go on');
      upload.request.destroy();
    }
    assert.equal(await spooled(), 0);
    // Who sends without waiting reads the answer all the same.
    (await upload(visitor, horseId, { kind: 'photo' }, png(400000))).refused('UNAUTHENTICATED', 401);
    (await upload(office, 999999, { kind: 'photo' }, png(400000))).refused('NOT_FOUND', 404);
    const endless = begin(path, { 'transfer-encoding': 'chunked' });
    endless.request.end(png(MAX + 50000));
    assert.deepEqual(await endless.answered, { status: 413, code: 'PAYLOAD_TOO_LARGE' });
    const patient = begin(path, { ...waiting, 'content-length': '5000' });
    patient.request.on('continue', () => patient.request.end(png(5000)));
    patient.request.flushHeaders();
    assert.deepEqual([(await patient.answered).status, patient.continued], [201, true]);
    const chunked = begin(path, { 'transfer-encoding': 'chunked' });
    chunked.request.end(png(MAX));
    assert.equal((await chunked.answered).status, 201);
  });

  it('take no more of the disk than there is for them, and leave nothing behind when their sender goes away', async () => {
    const path = `/api/horses/${horseId}/media?kind=photo`;
    const first = begin(path, { 'content-length': '650000' });
    first.request.write(png(300000));
    await until('room to be taken', async () => (await spooled()) === 650000);
    const second = begin(path, { 'content-length': '650000', expect: '100-continue' });
    second.request.flushHeaders();
    assert.deepEqual(await second.answered, { status: 503, code: 'UNAVAILABLE' });
    assert.ok((await metric('seri_rest_spool_refused_total')) >= 1);
    first.request.destroy();
    await until('room to be given back', async () => (await spooled()) === 0);
    (await upload(office, horseId, { kind: 'photo' }, png(650000))).expect(201);
  });

  it('are captioned, ordered, replaced and deleted, with their files', async () => {
    const id = await enter();
    const add = async (query = {}) => (await upload(office, id, { kind: 'photo', ...query }, png())).expect(201);
    const [a, b] = [await add(), await add()];
    const link = (await office.post(`/api/horses/${id}/media/links`, { link: 'https://video.example/watch?v=1', caption: '常歩', position: 0 })).expect(201);
    assert.deepEqual([link.url, link.contentType, link.kind], ['https://video.example/watch?v=1', null, 'video']);
    for (const bad of ['http://video.example/', 'https://', 'javascript:alert(1)', 'https://x.example/"><script>']) (await office.post(`/api/horses/${id}/media/links`, { link: bad })).refused('INVALID_MESSAGE', 400);
    (await office.post('/api/horses/999999/media/links', { link: link.url })).refused('NOT_FOUND', 404);
    const list = async () => (await visitor.get(`/api/horses/${id}/media`)).expect(200).items.map((medium) => medium.id);
    assert.deepEqual(await list(), [a.id, link.id, b.id]);
    const order = (ids, to = id) => office.request('PUT', `/api/horses/${to}/media/order`, { body: { ids } });
    assert.deepEqual((await order([b.id, a.id, link.id])).expect(200).items.map((medium) => medium.id), [b.id, a.id, link.id]);
    assert.deepEqual(await list(), [b.id, a.id, link.id]);
    for (const ids of [[a.id, b.id], [a.id, b.id, link.id, link.id], [a.id, b.id, 999999]]) (await order(ids)).refused('CONFLICT', 409);
    (await order(['x'])).refused('INVALID_MESSAGE', 400);
    (await order([], 999999)).refused('NOT_FOUND', 404);

    const { headers } = await visitor.get(`/api/media/${a.id}`);
    assert.equal((await office.patch(`/api/media/${a.id}`, { caption: '右側' }, headers.get('etag'))).expect(200).caption, '右側');
    (await office.patch(`/api/media/${a.id}`, { caption: 'x' }, headers.get('etag'))).refused('PRECONDITION_FAILED', 412);
    (await office.patch(`/api/media/${a.id}`, { caption: 'x' })).refused('PRECONDITION_REQUIRED', 428);
    (await office.patch('/api/media/999999', { caption: 'x' }, '*')).refused('NOT_FOUND', 404);
    (await office.patch(`/api/media/${link.id}`, { private: true }, '*')).refused('INVALID_MESSAGE', 400);

    const count = files().length;
    const replace = (body, headers2 = { 'if-match': '*' }, of = a.id) => office.request('PUT', `/api/media/${of}/content`, { body, headers: { 'content-type': 'image/png', ...headers2 } });
    const replaced = (await replace(png(3000, 100, 50))).expect(200);
    assert.deepEqual([replaced.width, replaced.caption, replaced.url === a.url], [100, '右側', false]);
    assert.equal((await (await fetchFile(replaced.url)).arrayBuffer()).byteLength, 3000);
    assert.equal(files().length, count, 'the old file is gone');
    (await replace(pdf())).refused('UNSUPPORTED_MEDIA_TYPE', 415);
    (await replace(png(), { 'if-match': '"1"' })).refused('PRECONDITION_FAILED', 412);
    (await replace(png(), {})).refused('PRECONDITION_REQUIRED', 428);
    (await replace(png(), { 'if-match': '*' }, link.id)).refused('NOT_FOUND', 404);

    const remove = (of, tag = '*') => office.request('DELETE', `/api/media/${of}`, { headers: tag ? { 'if-match': tag } : {} });
    stack.database.sql('UPDATE media_trash SET due_at = now()');
    (await remove(a.id, '"1"')).refused('PRECONDITION_FAILED', 412);
    (await remove(a.id, null)).refused('PRECONDITION_REQUIRED', 428);
    (await remove(a.id)).expect(204);
    (await remove(a.id)).refused('NOT_FOUND', 404);
    assert.equal(files().length, count - 1);
    assert.deepEqual(await list(), [b.id, link.id]);
    (await office.request('DELETE', `/api/horses/${id}`, { headers: { 'if-match': '*' } })).expect(204);
    assert.equal(files().length, count - 2, "a horse's files go with it");
    (await visitor.get(`/api/horses/${id}/media`)).refused('NOT_FOUND', 404);

    const crowded = await enter();
    stack.database.sql(`INSERT INTO media (horse_id, kind, link, added_by) SELECT ${crowded}, 'video', 'https://video.example/', (SELECT min(id) FROM users) FROM generate_series(1, 100)`);
    (await upload(office, crowded, { kind: 'photo' }, png())).refused('CONFLICT', 409);
  });

  it('stand beside the lot in lists: the first photo that everybody may see and that is small enough', async () => {
    const sale = await stack.sale();
    const lotId = await stack.lot(sale.id, { until: 'schedule' });
    const shown = async () => (await visitor.get(`/api/auctions?saleId=${sale.id}`)).expect(200).items[0].horse.photo;
    const { horse } = (await visitor.get(`/api/auctions/${lotId}`)).expect(200);
    assert.equal(horse.photo, null);
    (await upload(office, horse.id, { kind: 'photo', private: true }, png(1000))).expect(201);
    const large = (await upload(office, horse.id, { kind: 'photo' }, png(1001))).expect(201);
    const small = (await upload(office, horse.id, { kind: 'photo' }, png(1002))).expect(201);
    assert.equal(await shown(), large.url);
    stack.database.sql(`UPDATE media SET size = 1000001 WHERE id = ${large.id}`);
    assert.equal(await shown(), small.url);
  });

  it('show what is private only to whom it concerns, for a while, and say who looked', async () => {
    const sale = await stack.sale();
    const aoi = await stack.bidder('aoi', sale.id);
    const outsider = await stack.user('outsider', 'bidder');
    const lot = (await office.get(`/api/auctions/${await stack.lot(sale.id, { until: 'draft' })}`)).expect(200);
    const id = lot.horse.id;
    const report = (await upload(office, id, { kind: 'vet_report', caption: '2026-06 検査' }, pdf())).expect(201);
    assert.deepEqual([report.private, report.url, report.views], [true, null, 0]);
    const sees = async (api) => (await api.get(`/api/horses/${id}/media`)).expect(200).items.length;
    const link = (api, of = report.id) => api.request('POST', `/api/media/${of}/link`);
    assert.equal(await sees(aoi.api), 0, 'the lot is a draft yet');
    await stack.command(lot.id, 'schedule');
    assert.deepEqual([await sees(aoi.api), await sees(outsider.api), await sees(visitor), await sees(office)], [1, 0, 0, 1]);
    const horse = (await visitor.get(`/api/horses/${id}`)).expect(200);
    assert.deepEqual([horse.media, horse.privateMedia], [[], 1]);
    (await visitor.get(`/api/media/${report.id}`)).refused('NOT_FOUND', 404);
    (await visitor.get(`/api/media/${report.id}/content`)).refused('FORBIDDEN', 403);
    (await link(outsider.api)).refused('FORBIDDEN', 403);
    (await link(visitor)).refused('UNAUTHENTICATED', 401);
    (await link(aoi.api, 999999)).refused('NOT_FOUND', 404);

    const { url, expiresAt } = (await link(aoi.api)).expect(201);
    assert.ok(Date.parse(expiresAt) - Date.now() <= 300000);
    const answer = await fetchFile(url);
    assert.equal(await answer.text(), pdf().toString());
    assert.deepEqual([answer.headers.get('cache-control'), answer.headers.get('content-disposition')], ['no-store', `attachment; filename="horse-${id}-vet_report-${report.id}.pdf"`]);
    await fetchFile(url, { range: 'bytes=3-' });
    await fetchFile((await link(aoi.api)).expect(201).url, {}, 'HEAD');
    const views = async (query = '') => (await office.get(`/api/media/${report.id}/views${query}`)).expect(200);
    assert.deepEqual((await views()).items.map(({ userId, email, address }) => [userId, email, address]), [[aoi.id, aoi.email, '127.0.0.1']], 'a link is one view');
    assert.equal((await fetchFile((await link(office)).expect(201).url)).status, 200);
    const page = await views('?limit=1');
    assert.equal((await views(`?limit=1&after=${page.next}`)).items[0].userId, aoi.id);
    (await office.get(`/api/media/${report.id}/views?after=x`)).refused('INVALID_MESSAGE', 400);
    (await office.get('/api/media/999999/views')).refused('NOT_FOUND', 404);
    assert.equal((await office.get(`/api/media/${report.id}`)).expect(200).views, 2);

    // The link is for this document, this person, this long.
    const query = new URL(url, visitor.origin).searchParams;
    const other = (await upload(office, id, { kind: 'xray' }, pdf('other'))).expect(201);
    const outside = (changes, of = report.id) => visitor.get(`/api/media/${of}/content?${new URLSearchParams({ ...Object.fromEntries(query), ...changes })}`);
    (await outside({ user: `${outsider.id}` })).refused('FORBIDDEN', 403);
    (await outside({ expires: `${Number(query.get('expires')) + 1000}` })).refused('FORBIDDEN', 403);
    (await outside({ signature: '0'.repeat(64) })).refused('FORBIDDEN', 403);
    (await outside({}, other.id)).refused('FORBIDDEN', 403);
    const key = createHmac('sha256', stack.env.JWT_SECRET).update('media').digest();
    const past = Date.now() - 1000;
    const signature = createHmac('sha256', key).update(`${report.id}:${aoi.id}:${past}`).digest('hex');
    (await outside({ expires: `${past}`, signature })).refused('LINK_EXPIRED', 403);
    stack.database.sql(`UPDATE registrations SET status = 'revoked' WHERE user_id = ${aoi.id}`);
    (await outside({})).refused('FORBIDDEN', 403);
    assert.equal(await sees(aoi.api), 0);

    (await office.request('DELETE', `/api/media/${report.id}`, { headers: { 'if-match': '*' } })).expect(204);
    assert.equal((await views()).items.length, 2, 'who saw it stays known');
    assert.throws(() => stack.database.sql('DELETE FROM media_views'));
  });
});

describe('media in an S3', () => {
  let stack, s3;
  before(async () => {
    s3 = await new FakeS3({ bucket: 'seri-media', region: 'ap-northeast-1', accessKey: 'AKIATEST', secretKey: 'a/secret+of=the tests' }).start();
    stack = await Stack.start({
      nodes: 0, env: { S3_ENDPOINT: `${s3.endpoint}/`, S3_BUCKET: s3.bucket, S3_REGION: s3.region, S3_ACCESS_KEY: s3.accessKey, S3_SECRET_KEY: s3.secretKey },
    });
    office = (await stack.office()).api;
    horseId = await enter();
  });
  after(async () => {
    await stack?.stop();
    await s3.stop();
  });

  it('are put, shown and removed there, by addresses that it finds rightly signed', async () => {
    const body = png(3000000);
    const photo = (await upload(office, horseId, { kind: 'photo' }, body)).expect(201);
    assert.deepEqual([...s3.objects.values()].map((object) => [object.type, object.body.equals(body)]), [['image/png', true]]);
    const answer = await fetch(stack.api.origin + photo.url, { redirect: 'manual' });
    assert.deepEqual([answer.status, answer.headers.get('cache-control')], [302, 'public, max-age=1800']);
    const there = await fetch(answer.headers.get('location'));
    assert.deepEqual([there.status, there.headers.get('content-type'), there.headers.get('content-disposition')], [200, 'image/png', 'inline']);
    assert.ok(Buffer.from(await there.arrayBuffer()).equals(body));

    const report = (await upload(office, horseId, { kind: 'vet_report' }, pdf())).expect(201);
    const { url } = (await office.request('POST', `/api/media/${report.id}/link`)).expect(201);
    const hidden = await fetch(stack.api.origin + url, { redirect: 'manual' });
    assert.equal(hidden.headers.get('cache-control'), 'no-store');
    assert.match(hidden.headers.get('location'), /X-Amz-Expires=60&/);
    assert.match((await fetch(hidden.headers.get('location'))).headers.get('content-disposition'), /^attachment; filename="horse-\d+-vet_report-\d+\.pdf"$/);

    (await office.request('DELETE', `/api/media/${photo.id}`, { headers: { 'if-match': '*' } })).expect(204);
    assert.equal(s3.objects.size, 1);
    assert.deepEqual(s3.refused, []);
  });

  it('are refused while it is away or does not know us, and nothing is recorded', async () => {
    s3.secretKey = 'changed';
    (await upload(office, horseId, { kind: 'photo' }, png())).refused('UNAVAILABLE', 503);
    assert.deepEqual(s3.refused, ['PUT signature']);
    await s3.stop();
    (await upload(office, horseId, { kind: 'photo' }, png())).refused('UNAVAILABLE', 503);
    assert.equal((await office.get(`/api/horses/${horseId}/media`)).expect(200).items.length, 1);
    assert.doesNotMatch(stack.rest.output, /a\/secret|X-Amz-Signature/);
  });
});
