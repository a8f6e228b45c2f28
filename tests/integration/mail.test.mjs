// Jobs and letters: what is ordered in a transaction is sent, in the words and form that mail programs read, whatever the mail server,
// the database or the process does meanwhile.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { simpleParser } from 'mailparser';
import { until } from './support/processes.mjs';
import { MailServer, makeCertificate } from './support/smtp.mjs';
import { Stack } from './support/stack.mjs';

const literal = (text) => `'${text.replaceAll("'", "''")}'`;
const order = (stack, user, template, data = {}) => stack.database.sql(`SELECT mail_add(${user.id}, ${literal(template)}, ${literal(JSON.stringify(data))})`);
const job = (stack, where = 'true') => {
  const row = stack.database.sql(`SELECT row_to_json(j) FROM jobs j WHERE ${where} ORDER BY id DESC LIMIT 1`);
  return row ? JSON.parse(row) : undefined;
};
const ended = (stack, state) => until(`the last job to be ${state}`, () => (job(stack)?.state === state ? job(stack) : undefined));
const FAST = { JOB_BACKOFF_MS: '20', JOB_WORKERS: '2' };

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
    assert.match(letter.text, /^Dear Aoi,\n/);
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
    await stack.rest.stop();
    await stack.startRest();
    await until('them to be gone', () => stack.database.sql("SELECT count(*) FROM jobs WHERE state = 'done'") === '0');
    assert.equal(stack.database.sql("SELECT count(*) FROM jobs WHERE state = 'dead'"), '3');
  });
});

describe('letters by SMTP', () => {
  let stack, mail, aoi, tls;
  const settings = {};
  before(async () => {
    mail = await MailServer.start();
    Object.assign(settings, { ...FAST, SMTP_URL: mail.url, SMTP_STARTTLS: 'false', SMTP_TIMEOUT_S: '2', JOB_LEASE_S: '3' });
    stack = await Stack.start({ nodes: 0, env: settings });
    aoi = await stack.user('aoi');
    tls = makeCertificate(stack.folder.path);
  });
  after(async () => {
    await mail.stop();
    await stack?.stop();
  });
  const received = (count = 1) => until(`${count} letters`, () => mail.to(aoi.email).length >= count && mail.to(aoi.email));
  const restart = async (env, dying = false) => {
    const { rest } = stack;
    if (dying) rest.kill('SIGKILL');
    await (dying ? rest.exited : rest.stop());
    stack.rests = stack.rests.filter((other) => other !== rest);
    Object.assign(stack.env, env);
    await stack.startRest();
  };
  const anew = () => {
    mail.letters = [];
    mail.behave = () => undefined;
  };

  it('arrive whole, with the same words', async () => {
    order(stack, aoi, 'confirm_email', { link: `https://seri.example/${'x'.repeat(300)}` });
    const [letter] = await received();
    assert.equal(letter.parsed.subject, 'メールアドレスの確認');
    assert.match(letter.parsed.text, /x{300}/);
    assert.equal(letter.from, 'seri@localhost');
    await ended(stack, 'done');
    anew();
  });

  it('are tried again after a temporary refusal, under the same Message-ID', async () => {
    const ids = [];
    mail.behave = (step, text) => (step === 'data' && ids.push(/^Message-ID: (.*)$/m.exec(text)[1]) < 3 ? 451 : undefined);
    order(stack, aoi, 'password_changed');
    const [letter] = await received();
    assert.equal(ids.length, 3);
    assert.equal(new Set([...ids, letter.parsed.messageId]).size, 1);
    const done = await ended(stack, 'done');
    assert.equal(done.attempts, 3);
    assert.equal(done.last_error, null);
    anew();
  });

  for (const step of ['rcpt', 'data']) {
    it(`are dead at once when refused for good (${step}), without the server's words`, async () => {
      mail.behave = (at) => (at === step ? 550 : undefined);
      order(stack, aoi, 'password_changed');
      const dead = await ended(stack, 'dead');
      assert.equal(dead.attempts, 1);
      assert.match(dead.last_error, /refused the letter \(550\)/);
      assert.doesNotMatch(dead.last_error + stack.rest.output, /is not for us|aoi@/);
      anew();
    });
  }

  it('are given up after as many attempts as set', async () => {
    await restart({ JOB_ATTEMPTS: '3' });
    mail.behave = () => 421;
    order(stack, aoi, 'password_changed');
    const dead = await ended(stack, 'dead');
    assert.equal(dead.attempts, 3);
    assert.match(dead.last_error, /\(421\)/);
    anew();
  });

  it('are not held up by a server that hangs', async () => {
    let hung = 0;
    mail.behave = (step) => (step === 'rcpt' && hung++ === 0 ? 'hang' : undefined);
    order(stack, aoi, 'password_changed');
    await until('the server to hang', () => hung > 0);
    order(stack, aoi, 'email_changed');
    const letters = await received(2);
    assert.deepEqual(letters.map(({ parsed }) => parsed.subject), ['メールアドレスが変更されました', 'パスワードが変更されました']);
    await until('both to be done', () => stack.database.sql("SELECT count(*) FROM jobs WHERE state = 'waiting'") === '0');
    anew();
  });

  it('are sent when the server is back', async () => {
    const { port } = mail;
    await mail.stop();
    await restart({ JOB_ATTEMPTS: '12' });
    order(stack, aoi, 'password_changed');
    await until('an attempt to fail', () => /no mail server/.test(job(stack).last_error ?? ''));
    mail = await MailServer.start({ port });
    await received();
    anew();
  });

  it('of a worker that is killed are sent by the next', async () => {
    let hung = false;
    mail.behave = (step) => (step === 'rcpt' && !hung ? ((hung = true), 'hang') : undefined);
    order(stack, aoi, 'password_changed');
    await until('the server to hang', () => hung);
    await restart({}, true);
    assert.equal(job(stack).state, 'waiting');
    await received();
    const done = await ended(stack, 'done');
    assert.equal(done.attempts, 2);
    assert.equal(mail.letters.length, 1);
    anew();
  });

  it('are sent once each by two processes together, and one under way is finished when told to stop', async () => {
    const second = await stack.startAnotherRest('second');
    const before = Number(stack.database.sql('SELECT coalesce(max(id), 0) FROM jobs'));
    stack.database.sql(`SELECT mail_add(${aoi.id}, 'password_changed') FROM generate_series(1, 60)`);
    await until('some letters', () => mail.letters.length > 3);
    await second.stop();
    await until('all to be done', () => stack.database.sql(`SELECT count(*) FROM jobs WHERE id > ${before} AND state = 'done'`) === '60');
    assert.equal(mail.letters.length, 60);
    assert.equal(new Set(mail.letters.map(({ parsed }) => parsed.messageId)).size, 60);
    anew();
  });

  it('go by TLS with log-in, and never without TLS when it is wanted', async () => {
    const plain = mail;
    mail = await MailServer.start({ tls, password: 'mail secret' });
    await restart({ SMTP_URL: plain.url, SMTP_STARTTLS: 'true' });
    order(stack, aoi, 'password_changed');
    await until('it to be refused', () => /no mail server|did not take/.test(job(stack).last_error ?? ''));
    assert.equal(plain.letters.length, 0);
    await restart({ SMTP_URL: mail.url });
    await until('the certificate to be refused', () => /certificate/i.test(job(stack).last_error ?? ''));
    await restart({ SMTP_CA_FILE: tls.certFile, SMTP_USER: 'seri', SMTP_PASSWORD: 'mail secret' });
    const [letter] = await received();
    assert.equal(letter.secure, true);
    assert.doesNotMatch(stack.rest.output, /mail secret/);
    await plain.stop();
  });

  it('have settings that are looked at before the start', async () => {
    const refused = { SMTP_URL: 'http://x', MAIL_FROM: 'nobody', SMTP_TIMEOUT_S: '3' };
    for (const [name, value] of Object.entries(refused)) {
      await assert.rejects(stack.startAnotherRest('refused', { [name]: value }), new RegExp(`seri-rest: ${name}`));
      stack.rests.pop();
    }
  });
});
