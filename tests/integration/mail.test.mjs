// Jobs and letters without a mail server: what is ordered in a transaction becomes a file, in the words and form that mail programs
// read; what cannot be is shown to the operator.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { simpleParser } from 'mailparser';
import { FAST, ended, job, literal, order } from './support/jobs.mjs';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

describe('letters without a mail server', () => {
  let stack, aoi, folder;
  before(async () => {
    stack = await Stack.start({ nodes: 0, env: { ...FAST, PUBLIC_URL: 'https://seri.example', MAIL_FROM: 'セリ 事務局 <seri@seri.example>' } });
    aoi = await stack.user('aoi');
    folder = join(stack.folder.path, 'mail');
  });
  after(() => stack?.stop());

  it('are files that only we may read, and their job forgets the link', async () => {
    order(stack, aoi, 'reset_password', { link: 'https://seri.example/reset/secret-token?x=1&y=%20' });
    const done = await ended(stack, 'done');
    assert.deepEqual(done.payload, { userId: aoi.id, template: 'reset_password' });
    const names = readdirSync(folder);
    assert.equal(names.length, 1);
    assert.match(names[0], /^\d+\.job-\d+\.eml$/);
    assert.equal(statSync(join(folder, names[0])).mode & 0o777, 0o600);
    const letter = await simpleParser(readFileSync(join(folder, names[0])));
    assert.equal(letter.subject, 'パスワードの再設定');
    assert.deepEqual([letter.from.value[0].name, letter.from.value[0].address], ['セリ 事務局', 'seri@seri.example']);
    assert.equal(letter.to.text, aoi.email);
    assert.match(letter.text, /^aoi 様\n/);
    assert.match(letter.text, /\nhttps:\/\/seri\.example\/reset\/secret-token\?x=1&y=%20\n/);
    assert.equal(letter.messageId, `<${names[0].replace(/\.eml$/, '')}@seri.example>`);
    assert.ok(Math.abs(letter.date - Date.now()) < 60000);
    assert.equal(letter.headers.get('auto-submitted'), 'auto-generated');
    assert.doesNotMatch(stack.rest.output, /secret-token|aoi@example/);
  });

  it('speak the language of the moment, of lots and sales by name, and go to another address when told', async () => {
    stack.database.sql(`UPDATE users SET language = 'en', name = 'Aoi' WHERE id = ${aoi.id}`);
    const sale = await stack.sale();
    const lot = await stack.lot(sale.id, { until: 'schedule' });
    stack.database.sql(`INSERT INTO jobs (kind, payload) VALUES ('mail', '${JSON.stringify({ userId: aoi.id, template: 'won', address: 'other@example.test', data: { auctionId: lot, price: 1234567 } })}')`);
    const done = await ended(stack, 'done');
    assert.deepEqual(done.payload, { userId: aoi.id, template: 'won' });
    const letter = await simpleParser(readFileSync(join(folder, readdirSync(folder).sort().at(-1))));
    assert.equal(letter.to.text, 'other@example.test');
    assert.equal(letter.subject, 'Yours: lot 1 (ハナノハハ 2025)');
    assert.match(letter.text, /^Hello,\n/);
    assert.match(letter.text, /At Test sale, the hammer .* at ¥1,234,567/);
    assert.match(letter.text, new RegExp(`https://seri.example/auctions/${lot}\n`));
  });

  const hopeless = {
    'of a template nobody knows': [{ template: 'nonsense' }, /no template "nonsense"/],
    'that lacks what its template needs': [{ template: 'confirm_email', data: {} }, /confirm_email: the template needs "link"/],
    'to an address that would be a header': [{ template: 'password_changed', address: 'a@b\r\nBcc: c@d' }, /none that a letter can be sent to/],
    'to nobody': [{ template: 'password_changed', userId: 999999 }, /no such active user/],
  };
  for (const [what, [payload, reason]] of Object.entries(hopeless)) {
    it(`${what} are dead at once, and say why`, async () => {
      stack.database.sql(`INSERT INTO jobs (kind, payload) VALUES ('mail', ${literal(JSON.stringify({ userId: aoi.id, ...payload }))})`);
      const dead = await ended(stack, 'dead');
      assert.equal(dead.attempts, 1);
      assert.match(dead.last_error, reason);
    });
  }

  it('are shown to the operator when dead, without what is private, and tried anew', async () => {
    const admin = (await stack.user('root', 'admin')).api;
    const { items } = (await admin.get('/api/jobs?state=dead')).expect(200);
    assert.equal(items.length, 4);
    const row = items.find(({ about }) => about.template === 'confirm_email');
    assert.deepEqual(row.about, { userId: aoi.id, template: 'confirm_email' });
    assert.doesNotMatch(JSON.stringify(items), /Bcc/);
    const page = (await admin.get('/api/jobs?state=dead&limit=3')).expect(200);
    assert.equal((await admin.get(`/api/jobs?state=dead&limit=3&after=${page.next}`)).expect(200).items.length, 1);
    stack.database.sql(`UPDATE jobs SET payload = payload || '{"data":{"link":"https://x.example"}}' WHERE id = ${row.id}`);
    (await admin.post(`/api/jobs/${row.id}/retry`)).expect(204);
    await until('it to be done', () => job(stack, `id = ${row.id}`).state === 'done');
    (await admin.post(`/api/jobs/${row.id}/retry`)).refused('COMMAND_NOT_ALLOWED', 409);
    (await admin.post('/api/jobs/999999/retry')).refused('NOT_FOUND', 404);
    (await aoi.api.get('/api/jobs')).refused('FORBIDDEN', 403);
    (await (await stack.office()).api.get('/api/jobs')).refused('FORBIDDEN', 403);
    const metrics = await until('the metrics', async () => {
      const { text } = await stack.api.get('/metrics');
      return /seri_rest_jobs_dead 3\n/.test(text) && text;
    });
    assert.match(metrics, /seri_rest_jobs_done_total [1-9]/);
  });

  it('wait out a database that goes away, and are sent when it is back', async () => {
    stack.database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'seri-rest%' AND datname = current_database()");
    order(stack, aoi, 'password_changed');
    await ended(stack, 'done');
  });

  it('that ended long ago are forgotten', async () => {
    stack.database.sql("UPDATE jobs SET finished_at = now() - interval '15 days' WHERE state = 'done'");
    const [first, ...others] = readdirSync(folder).sort();
    const old = Date.now() / 1000 - 15 * 86400;
    utimesSync(join(folder, first), old, old);
    writeFileSync(join(folder, 'notes.txt'), 'not a letter');
    utimesSync(join(folder, 'notes.txt'), old, old);
    await stack.rest.stop();
    await stack.startRest();
    await until('the old letter to be gone', () => !readdirSync(folder).includes(first));
    assert.deepEqual(readdirSync(folder).sort(), [...others, 'notes.txt'].sort());
    await until('them to be gone', () => stack.database.sql("SELECT count(*) FROM jobs WHERE state = 'done'") === '0');
    assert.equal(stack.database.sql("SELECT count(*) FROM jobs WHERE state = 'dead'"), '3');
  });
});
