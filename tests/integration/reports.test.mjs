// Reports: numbers that agree with an independent reckoning, what is public and what is the office's, the three forms, the page on paper.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from './support/processes.mjs';
import { verifyChain } from './support/ledger.mjs';
import { Stack } from './support/stack.mjs';

const sum = (values) => values.reduce((total, value) => total + value, 0);
const csv = (api, path, headers = {}) => api.get(path, { headers: { accept: 'text/csv', ...headers } });

/** RFC 4180, strictly. */
function parseCsv(text) {
  const rows = [];
  const field = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;
  for (let row = []; field.lastIndex < text.length;) {
    const [, quoted, plain] = field.exec(text);
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (text[field.lastIndex] === ',') {
      field.lastIndex++;
    } else {
      assert.equal(text.slice(field.lastIndex, field.lastIndex + 2), '\r\n', `a row ends with CR LF at ${field.lastIndex}`);
      field.lastIndex += 2;
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

/** The bytes of an answer that is no UTF-8; Api reads text. */
async function bytes(api, path, headers = {}) {
  const response = await fetch(api.origin + path, { headers: { ...(api.token ? { authorization: `Bearer ${api.token}` } : {}), ...headers } });
  return { response, body: Buffer.from(await response.arrayBuffer()) };
}

describe('reports of a sale that was held', () => {
  const LOTS = 2500;
  const PAST_MIDNIGHT = '2026-07-13T15:00:00.000Z'; // in Japan
  let stack, sale, office, admin, viewer, buyer;

  // The rows, by formulas: in SQL to make them, in JavaScript to reckon with.
  const price = (i) => 1000000 + ((i * 7919) % 4001) * 10000;
  const status = (i) => ['passed', 'withdrawn', 'sold', 'sold', 'scheduled', 'sold', 'sold', 'sold', 'sold', 'sold'][i % 10];
  const rows = Array.from({ length: LOTS }, (_, index) => {
    const i = index + 1;
    const sold = status(i) === 'sold';
    const offered = sold || status(i) === 'passed';
    const commission = sold ? Number((BigInt(price(i)) * 375n) / 10000n) : 0;
    const sellerCommission = sold ? Number((BigInt(price(i)) * 525n) / 10000n) : 0;
    const [entry, passed] = [offered ? 33333 : 0, status(i) === 'passed' ? 11111 : 0];
    return {
      lotNumber: i, status: status(i), sold, offered, price: sold ? price(i) : null, sex: ['male', 'female', 'gelding'][i % 3], sire: `父${i % 17}`,
      consignor: i % 5 === 0 ? null : `牧場${i % 5}`, session: offered ? (i % 2 ? '2026-07-13' : '2026-07-14') : null,
      commission, tax: sold ? Math.floor((price(i) + commission) / 10) : 0, sellerCommission, entry, passed, sellerTax: Math.floor((sellerCommission + entry + passed) / 10),
    };
  });
  const reckon = (some) => {
    const prices = some.filter(({ sold }) => sold).map((row) => row.price).sort((a, b) => a - b);
    const half = prices.length / 2;
    return {
      lots: some.length, offered: some.filter(({ offered }) => offered).length, sold: prices.length,
      passed: some.filter((row) => row.status === 'passed').length, withdrawn: some.filter((row) => row.status === 'withdrawn').length,
      open: some.filter((row) => row.status === 'scheduled').length,
      clearanceRateBp: some.some(({ offered }) => offered) ? Math.round((10000 * prices.length) / some.filter(({ offered }) => offered).length) : null,
      gross: sum(prices), average: prices.length ? Math.floor(sum(prices) / prices.length) : null,
      median: prices.length ? Math.floor((prices[Math.ceil(half) - 1] + prices[Math.floor(half)]) / 2) : null, highest: prices.at(-1) ?? null,
      buyerCommission: sum(some.map(({ commission }) => commission)), buyerTax: sum(some.map(({ tax }) => tax)),
      buyerTotal: sum(prices) + sum(some.map(({ commission, tax }) => commission + tax)),
    };
  };
  const reckonSeller = (some) => ({
    sellerCommission: sum(some.map((row) => row.sellerCommission)), entryFees: sum(some.map(({ entry }) => entry)),
    passedFees: sum(some.map(({ passed }) => passed)), sellerTax: sum(some.map(({ sellerTax }) => sellerTax)),
  });

  before(async () => {
    stack = await Stack.start({ nodes: 0 });
    sale = await stack.sale({
      nameJa: '七月市場 <b>"夏"</b>', nameEn: 'July <sale>', buyerCommissionBp: 375, sellerCommissionBp: 525, entryFee: 33333, passedFee: 11111,
    });
    [office, admin, viewer] = [(await stack.office()).api, (await stack.user('operator', 'admin')).api, (await stack.user('reader')).api];
    buyer = await stack.bidder('buyer', sale.id);
    stack.database.sql(`
      UPDATE users SET name = '=HYPERLINK("x")' WHERE id = ${buyer.id};
      INSERT INTO parties (name) SELECT '牧場' || i FROM generate_series(1, 4) AS i;
      INSERT INTO horses (sex, coat_colour, foaled_on, sire_ja, dam_ja, name_ja, consignor_id)
      SELECT (ARRAY['male', 'female', 'gelding'])[i % 3 + 1], 'bay', '2025-03-09', '父' || i % 17, '母', CASE i WHEN 3 THEN '+1"+A1,' || chr(10) || '𠮷' ELSE '馬' || i END,
             (SELECT id FROM parties WHERE name = '牧場' || i % 5)
      FROM generate_series(1, ${LOTS}) AS i;
      INSERT INTO auctions (sale_id, lot_number, horse_id, start_price, reserve, ladder, duration_ms, seq, head_hash, status, price, leader, leader_paddle, leader_max, bid_count, appended_at)
      SELECT ${sale.id}, i, h.id, 1000000, CASE WHEN i % 2 = 0 THEN 900000 ELSE 0 END, '{0,10000}', 1000, 5, sha256('x'), state,
             CASE WHEN state = 'sold' THEN amount ELSE 0 END, CASE WHEN state = 'sold' THEN ${buyer.id} END, CASE WHEN state = 'sold' THEN ${buyer.paddle} END,
             CASE WHEN state = 'sold' THEN amount ELSE 0 END, 3, timestamptz '${PAST_MIDNIGHT}' - CASE WHEN i % 2 = 1 THEN interval '1 ms' ELSE interval '0' END
      FROM (SELECT i, 1000000 + ((i * 7919) % 4001) * 10000 AS amount,
                   (ARRAY['passed', 'withdrawn', 'sold', 'sold', 'scheduled', 'sold', 'sold', 'sold', 'sold', 'sold'])[i % 10 + 1] AS state
            FROM generate_series(1, ${LOTS}) AS i) AS made
      JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM horses WHERE sire_ja LIKE '父%') AS h ON h.n = made.i;
      ANALYZE`);
  });
  after(() => stack?.stop());

  const report = async (api) => (await api.get(`/api/reports/sales/${sale.id}`)).expect(200);

  it('agree with a reckoning of their own, to the yen', async () => {
    const found = await report(office);
    assert.deepEqual(found.totals, { ...reckon(rows), ...reckonSeller(rows) });
    for (const [member, key] of [['bySession', 'session'], ['bySex', 'sex'], ['bySire', 'sire'], ['byConsignor', 'consignor']]) {
      const groups = new Map();
      for (const row of rows) groups.set(row[key], [...(groups.get(row[key]) ?? []), row]);
      assert.equal(found[member].length, groups.size, member);
      for (const { key: name, keyEn, ...numbers } of found[member]) {
        assert.equal(keyEn ?? null, null);
        assert.deepEqual(numbers, { ...reckon(groups.get(name)), ...reckonSeller(groups.get(name)) }, `${member} ${name}`);
      }
    }
    assert.deepEqual(found.bySession.map(({ key }) => key), ['2026-07-13', '2026-07-14', null]);
    assert.deepEqual(found.lots.map(({ lotNumber }) => lotNumber), rows.map(({ lotNumber }) => lotNumber));
    found.lots.forEach((lot, i) => assert.deepEqual([lot.status, lot.price, lot.session, lot.buyerTax, lot.sellerTax], [rows[i].status, rows[i].price, rows[i].session, rows[i].sold ? rows[i].tax : null, rows[i].sellerTax]));
  });

  it('show everybody what is public, and the office the rest', async () => {
    const mine = await report(office);
    const seen = await report(stack.api);
    assert.deepEqual([await report(viewer), await report(buyer.api)].map(({ lots }) => lots), [seen.lots, seen.lots]);
    assert.deepEqual(seen.totals, reckon(rows));
    const kept = ['buyerId', 'buyerName', 'invoiceName', 'reservePrice', 'sellerCommission', 'entryFee', 'passedFee', 'sellerTax'];
    for (const name of kept) assert.ok(seen.lots.every((lot) => !(name in lot)) && mine.lots.every((lot) => name in lot), name);
    for (const name of ['sellerCommissionBp', 'entryFee', 'passedFee']) assert.deepEqual([name in seen.sale, name in mine.sale], [false, true]);
    const sold = mine.lots.find((lot) => lot.status === 'sold' && lot.lotNumber % 2 === 0);
    assert.deepEqual([sold.buyerId, sold.paddle, sold.reservePrice], [buyer.id, buyer.paddle, 900000]);
    assert.ok(mine.lots.filter((lot) => lot.status === 'scheduled').every((lot) => lot.price === null && lot.bids === null && lot.highestBid === null));
    const page = await stack.api.get(`/api/reports/sales/${sale.id}?format=html`);
    page.expect(200);
    for (const secret of ['HYPERLINK', '>900,000<', 'リザーブ']) assert.ok(!page.text.includes(secret), secret);
    const draft = await stack.sale({ status: 'draft' });
    (await stack.api.get(`/api/reports/sales/${draft.id}`)).refused('NOT_FOUND', 404);
    const empty = (await office.get(`/api/reports/sales/${draft.id}`)).expect(200);
    assert.deepEqual([empty.totals.lots, empty.totals.gross, empty.totals.average, empty.totals.clearanceRateBp, empty.lots, empty.bySex], [0, 0, null, null, [], []]);
  });

  it('are CSV as spreadsheets take it, without formulas of strangers', async () => {
    const answer = await csv(office, `/api/reports/sales/${sale.id}`);
    assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8; header=present');
    assert.equal(answer.headers.get('content-disposition'), `attachment; filename="results-${sale.id}.csv"`);
    const { body } = await bytes(office, `/api/reports/sales/${sale.id}?format=csv`);
    assert.deepEqual([...body.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
    const [head, ...lines] = parseCsv(body.toString('utf8').slice(1));
    assert.equal(lines.length, LOTS);
    assert.ok(lines.every((line) => line.length === head.length));
    const column = (name) => lines.map((line) => line[head.indexOf(name)]);
    assert.equal(sum(column('落札価格（円）').map(Number)), reckon(rows).gross);
    assert.deepEqual([...new Set(column('購買者'))].sort(), ['', `'=HYPERLINK("x")`]);
    assert.equal(column('馬名')[2], `'+1"+A1,\n𠮷`);
    assert.equal(column('終了日時')[4], '2026-07-13 23:59:59.999');
    assert.deepEqual(new Set(column('結果')), new Set(['主取り', '取下げ', '落札', '上場予定']));

    const english = parseCsv((await csv(stack.api, `/api/reports/sales/${sale.id}?table=bySession`, { 'accept-language': 'en' })).text.replace(/^\ufeff/, ''));
    assert.deepEqual(english[0].slice(0, 8), ['Session', 'Lots', 'Offered', 'Sold', 'Not sold', 'Withdrawn', 'Not ended', 'Clearance (%)']);
    assert.deepEqual(english.map(([day]) => day), ['Session', '2026-07-13', '2026-07-14', '']);
    const rate = reckon(rows.filter(({ session }) => session === '2026-07-14')).clearanceRateBp;
    assert.equal(english[2][7], `${Math.floor(rate / 100)}.${`${rate % 100}`.padStart(2, '0')}`);

    const { response, body: japanese } = await bytes(office, `/api/reports/sales/${sale.id}?format=csv&charset=shift_jis`);
    assert.equal(response.headers.get('content-type'), 'text/csv; charset=shift_jis; header=present');
    assert.equal(new TextDecoder('shift_jis', { fatal: true }).decode(japanese), body.toString('utf8').slice(1).replaceAll('𠮷', '〓'));
  });

  it('come in the form that is asked for, or not at all', async () => {
    const path = `/api/reports/sales/${sale.id}?table=totals`;
    const form = async (accept, where = `/api/reports/sales/${sale.id}`) => (await stack.api.get(where, { headers: { accept } })).headers.get('content-type').split(';')[0];
    assert.deepEqual(await Promise.all(['*/*', 'text/html,application/xhtml+xml,*/*;q=0.8', 'text/csv;q=0.2, text/*;q=0.5', 'application/json;q=0.1, text/csv', 'TEXT/CSV'].map((accept) => form(accept))),
      ['application/json', 'text/html', 'text/html', 'text/csv', 'text/csv']);
    assert.equal(await form('image/png', `${path}&format=csv`), 'text/csv');
    for (const where of [`/api/reports/sales/${sale.id}`]) (await stack.api.get(where, { headers: { accept: 'image/png, text/*;q=0' } })).refused('NOT_ACCEPTABLE', 406);
    for (const where of [`/api/reports/sales/${sale.id}/bidders`, '/api/reports/audit']) (await office.get(where, { headers: { accept: 'image/png' } })).refused('NOT_ACCEPTABLE', 406);
    const { errors } = (await stack.api.get(`${path}&charset=shift_jis`)).refused('INVALID_MESSAGE', 400);
    assert.deepEqual(errors.map(({ field }) => field).sort(), ['charset', 'table']);
    assert.deepEqual((await stack.api.get(`${path}s&format=csv`)).refused('INVALID_MESSAGE', 400).errors.map(({ field }) => field), ['table']);
    (await stack.api.get('/api/reports/sales/1?format=pdf')).refused('INVALID_MESSAGE', 400);
    for (const where of ['/api/reports/sales/999999', '/api/reports/sales/999999/bidders']) (await office.get(where)).refused('NOT_FOUND', 404);
    (await office.get('/api/reports/auctions/999999')).refused('AUCTION_NOT_FOUND', 404);
    (await office.get('/api/reports/auctions/1', { headers: { accept: 'image/png' } })).refused('NOT_ACCEPTABLE', 406);
    (await viewer.get('/api/reports/audit')).refused('FORBIDDEN', 403);
    (await stack.api.get(`/api/reports/sales/${sale.id}/bidders`)).refused('UNAUTHENTICATED', 401);
    const vary = (await stack.api.get(path.split('?')[0])).headers.get('vary');
    assert.equal(vary, 'Accept, Accept-Language');
  });

  it('are a page that may do nothing, and sheets of A4 with head and number', async () => {
    const answer = await office.get(`/api/reports/sales/${sale.id}`, { headers: { accept: 'text/html', 'accept-language': 'ja' } });
    const policy = answer.headers.get('content-security-policy');
    const [, style] = /<style>([^]*?)<\/style>/.exec(answer.text);
    assert.equal(policy, `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox`);
    assert.ok(answer.text.includes(`content="${policy.split('; frame')[0]}; ">`));
    assert.doesNotMatch(answer.text, /<script|<b>|style=|\son\w+=|https?:/);
    assert.match(answer.text, /<html lang="ja">[^]*<h1>市場成績 — 七月市場 &lt;b&gt;&quot;夏&quot;&lt;\/b&gt;<\/h1>/);
    assert.match(answer.text, new RegExp(reckon(rows).gross.toLocaleString('en')));
    assert.ok(answer.text.split('</tr>\n').length > LOTS);

    const [page, paper] = [join(stack.folder.path, 'results.html'), join(stack.folder.path, 'results.pdf')];
    const pieces = answer.text.split('</tr>\n');
    writeFileSync(page, pieces.slice(0, 250).concat(pieces.at(-1)).join('</tr>\n')); // the first 200 lots or so: paper is slow
    execFileSync('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', `--user-data-dir=${join(stack.folder.path, 'chromium')}`, '--no-pdf-header-footer', `--print-to-pdf=${paper}`, `file://${page}`], { stdio: 'ignore', timeout: 90000 });
    const pdf = readFileSync(paper, 'latin1');
    const sheets = pdf.match(/\/MediaBox \[[^\]]+\]/g);
    assert.ok(sheets.length >= 5, `${sheets.length} sheets`);
    assert.ok(sheets.every((sheet) => /\[0 0 84[12](\.\d+)? 59[456](\.\d+)?\]/.test(sheet)), `A4 across: ${sheets[0]}`);
    if (process.env.SERI_TEST_PICTURES) writeFileSync(join(process.env.SERI_TEST_PICTURES, 'results.pdf'), pdf, 'latin1');
  });

  it('are not got in the way of by others, nor in theirs', async () => {
    const hasty = await stack.startAnotherRest('hasty', { REPORT_TIMEOUT_S: '1', REST_REPORT_WORKERS: '1' });
    const { DATABASE_URL } = stack.env;
    const locker = spawn('psql', ['-X', '-q', '-At', '-d', DATABASE_URL], { stdio: ['pipe', 'pipe', 'ignore'] });
    const locked = new Promise((done) => locker.stdout.once('data', done));
    locker.stdin.write("BEGIN; LOCK TABLE parties IN ACCESS EXCLUSIVE MODE; SELECT 'locked';\n");
    await locked;
    const waiting = hasty.api.get(`/api/reports/sales/${sale.id}`);
    (await hasty.api.post('/api/auth/login', { email: 'reader@example.test', password: 'correct horse battery' })).expect(200);
    (await waiting).refused('UNAVAILABLE', 503);
    locker.stdin.end('ROLLBACK;\n');
    await new Promise((done) => locker.once('exit', done));
    (await hasty.api.get(`/api/reports/sales/${sale.id}`)).expect(200);
    await hasty.stop();
    stack.rests = stack.rests.filter((rest) => rest !== hasty);
  });

  it('are refused, not cut, when they are larger than they may be', async () => {
    const small = await stack.startAnotherRest('small', { REPORT_BYTES: '1048576' });
    (await small.api.get(`/api/reports/sales/${sale.id}`)).refused('UNAVAILABLE', 503);
    (await small.api.get(`/api/reports/sales/${sale.id}?format=csv&table=totals`)).expect(200);
  });
});

describe('reports of lots, bidders and what everybody did', () => {
  let stack, sale, lot, open, office, admin, aoi, ren;
  const bid = (who, id, body) => who.api.post(`/api/auctions/${id}/bids`, { bidId: randomUUID(), confirm: true, ...body });

  before(async () => {
    stack = await Stack.start({ nodes: 1 });
    sale = await stack.sale({ durationMs: 5000, extensionWindowMs: 1000, extensionMs: 1000 });
    [office, admin] = [(await stack.office()).api, (await stack.user('operator', 'admin')).api];
    [aoi, ren] = [await stack.bidder('aoi', sale.id), await stack.bidder('ren', sale.id)];
    (await office.post(`/api/sales/${sale.id}/registrations`, { userId: ren.id, creditLimit: 50000000 })).expect(200);
    lot = await stack.lot(sale.id, { reservePrice: 1000000 });
    (await bid(aoi, lot, { amount: 1000000, maxAmount: 1500000 })).expect(200);
    (await bid(ren, lot, { amount: 1050000 })).expect(200); // answered by the house for aoi
    (await bid(ren, lot, { amount: 1000000 })).refused('BID_TOO_LOW');
    (await bid(ren, lot, { amount: 1000000 })).refused('BID_TOO_LOW');
    (await bid(ren, lot, { amount: 2000000 })).expect(200);
    const long = await stack.sale({ durationMs: 600000 });
    await stack.bidder('aoi', long.id);
    open = await stack.lot(long.id);
    (await bid(aoi, open, { amount: 1000000, maxAmount: 7770000 })).expect(200);
    assert.equal((await stack.ended(lot)).status, 'sold');
  });
  after(() => stack?.stop());

  it('tell the course of a lot, with the proof, and the office who did it', async () => {
    const path = `/api/reports/auctions/${lot}`;
    const seen = (await stack.api.get(path)).expect(200);
    const known = (await office.get(path)).expect(200);
    const head = verifyChain(lot, await stack.ledger(lot));
    for (const { verification, events } of [seen, known]) {
      assert.deepEqual([verification.valid, verification.count, verification.head, verification.firstInvalidSeq], [true, events.length, head, null]);
    }
    assert.ok(!('bids' in seen) && seen.events.every((event) => !('userId' in event) && !('private' in event) && !('actorId' in event)));
    assert.ok(!('reservePrice' in seen.auction) && known.auction.reservePrice === 1000000);
    assert.deepEqual(seen.events.filter(({ type }) => type === 'bid').map(({ paddle, price, auto }) => [paddle, price, auto]),
      [[aoi.paddle, 1000000, false], [ren.paddle, 1050000, false], [aoi.paddle, 1100000, true], [ren.paddle, 2000000, false]]);
    for (const event of known.events) {
      assert.equal(createHash('sha256').update(Buffer.from(event.salt, 'hex')).update(event.privatePart).digest('hex'), event.sealed);
    }
    assert.deepEqual(known.bids.map(({ userId, amount, maxAmount, verdict, paddle }) => [userId, amount, maxAmount, verdict, paddle]).slice(0, 2),
      [[aoi.id, 1000000, 1500000, 'accepted', aoi.paddle], [ren.id, 1050000, null, 'accepted', ren.paddle]]);
    const table = (await csv(stack.api, `${path}?table=verification`, { 'accept-language': 'en' })).text;
    assert.match(table, /^\ufeff?"The chain holds",.*\r\n"yes",/);
    (await csv(stack.api, `${path}?table=bids`)).refused('INVALID_MESSAGE', 400);
    const page = (await office.get(path, { headers: { accept: 'text/html', 'accept-language': 'en' } })).text;
    assert.match(page, /Course of the lot — Test sale \d+ /);
  });

  it('tell nobody the maxima of a lot that is open', async () => {
    for (const api of [office, admin]) {
      for (const path of [`/api/reports/auctions/${open}`, `/api/reports/audit?auctionId=${open}`]) {
        const answer = await api.get(path);
        answer.expect(200);
        assert.doesNotMatch(answer.text, /7770000/);
      }
    }
    const { bids, events } = (await office.get(`/api/reports/auctions/${open}`)).expect(200);
    assert.deepEqual([bids[0].amount, bids[0].maxAmount, events.every(({ privatePart, salt }) => privatePart === null && salt === null)], [1000000, null, true]);
  });

  it('tell what bidders did', async () => {
    await until('the refusals to be on record', async () => (await office.get(`/api/reports/sales/${sale.id}/bidders`)).expect(200).bidders.some(({ refused }) => refused === 2));
    const { bidders } = (await office.get(`/api/reports/sales/${sale.id}/bidders`)).expect(200);
    const facts = ({ paddle, status, creditLimit, bids, lotsBidOn, lotsLed, leading, won, amount, refusedByCode }) => ({ paddle, status, creditLimit, bids, lotsBidOn, lotsLed, leading, won, amount, refusedByCode });
    assert.deepEqual(bidders.map(facts), [
      { paddle: aoi.paddle, status: 'approved', creditLimit: null, bids: 1, lotsBidOn: 1, lotsLed: 1, leading: 0, won: 0, amount: 0, refusedByCode: {} },
      { paddle: ren.paddle, status: 'approved', creditLimit: 50000000, bids: 2, lotsBidOn: 1, lotsLed: 1, leading: 0, won: 1, amount: 2000000, refusedByCode: { BID_TOO_LOW: 2 } },
    ]);
    const [head, , second] = parseCsv((await csv(office, `/api/reports/sales/${sale.id}/bidders`)).text.replace(/^\ufeff/, ''));
    assert.equal(second[head.indexOf('不成立の理由')], 'BID_TOO_LOW 2');
  });

  it('list what everybody did, page by page or all at once', async () => {
    await until('the refusals to be on record', async () => (await admin.get('/api/reports/audit?code=BID_TOO_LOW')).expect(200).items.length > 0);
    const all = [];
    for (let next = ''; next !== null;) {
      const page = (await admin.get(`/api/reports/audit?limit=3${next && `&after=${next}`}`)).expect(200);
      assert.ok(page.items.length === 3 || page.next === null);
      all.push(...page.items);
      next = page.next;
    }
    const instants = all.map(({ at }) => at);
    assert.deepEqual(instants, [...instants].sort().reverse());
    assert.equal(all.length, Number(stack.database.sql('SELECT count(*) FROM audit_trail')));
    const [head, ...lines] = parseCsv((await csv(admin, '/api/reports/audit')).text.replace(/^\ufeff/, ''));
    assert.deepEqual(lines.map((line) => line[head.indexOf('操作')]), all.map(({ action }) => action));
    assert.equal((await admin.get('/api/reports/audit?format=html&limit=2')).text.includes('CSV'), true);

    const find = async (api, query) => (await api.get(`/api/reports/audit?limit=200&${query}`)).expect(200).items;
    assert.deepEqual((await find(admin, `userId=${ren.id}&action=bid&code=OK`)).map(({ amount, lotNumber }) => [amount, lotNumber]), [[2000000, 1], [1050000, 1]]);
    assert.ok((await find(admin, `auctionId=${lot}`)).every(({ auctionId }) => auctionId === lot));
    const ofSale = await find(office, `saleId=${sale.id}`);
    assert.ok(ofSale.length >= 5 && ofSale.every(({ saleId }) => saleId === sale.id));
    assert.ok(ofSale.some(({ action }) => action === 'registration_approved') && ofSale.some(({ action }) => action === 'bid'));
    assert.equal((await find(admin, `action=login&userId=${aoi.id}`)).length, 1);
    assert.deepEqual([(await find(office, 'action=login')).length, (await find(office, 'action=bid')).every(({ address }) => address === null)], [0, true]);
    assert.ok((await find(admin, 'action=bid')).some(({ address }) => address === '127.0.0.1'));
    const middle = all[Math.floor(all.length / 2)].at;
    assert.equal((await find(admin, `from=${middle}`)).length + (await find(admin, `before=${middle}`)).length, all.length);
    for (const after of ['1', '1.2.3', 'x.1.1.1', '1.1.1.1.1']) (await admin.get(`/api/reports/audit?after=${after}`)).refused('INVALID_MESSAGE', 400);
    const told = (await csv(admin, '/api/reports/audit')).text;
    assert.doesNotMatch(told, /argon2|Bearer|eyJ|password_hash|correct horse/);
  });
});
