// Letters by SMTP: sent once, whatever the mail server, the network or the process does meanwhile.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FAST, ended, job, order } from './support/jobs.mjs';
import { until } from './support/processes.mjs';
import { MailServer, makeCertificate } from './support/smtp.mjs';
import { Stack } from './support/stack.mjs';

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
    stack.database.sql(`SELECT mail_add(${aoi.id}, 'password_changed') FROM generate_series(1, 40)`);
    await until('some letters', () => mail.letters.length > 3);
    await second.stop();
    await until('all to be done', () => stack.database.sql(`SELECT count(*) FROM jobs WHERE id > ${before} AND state = 'done'`) === '40');
    assert.equal(mail.letters.length, 40);
    assert.equal(new Set(mail.letters.map(({ parsed }) => parsed.messageId)).size, 40);
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
