// A mail server that others wrote (smtp-server), which does as told: takes letters, refuses them, hangs, goes away.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** A certificate for 127.0.0.1, and its key, in the folder. */
export function makeCertificate(folder) {
  const [cert, key] = ['smtp-cert.pem', 'smtp-key.pem'].map((name) => join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'pipe' });
  return { certFile: cert, cert: readFileSync(cert), key: readFileSync(key) };
}

export class MailServer {
  /** `behave(step, text)` is asked at 'rcpt' and 'data': undefined to go on, 'hang', or a number to refuse with. */
  static async start({ port = 0, tls, password, behave = () => undefined } = {}) {
    const mail = new MailServer();
    mail.behave = behave;
    mail.letters = []; // {to, parsed, raw} in the order they came
    mail.connections = 0;
    const refuse = (step, text, done) => {
      const what = mail.behave(step, text);
      if (what === 'hang') return true;
      if (typeof what !== 'number') return false;
      done(Object.assign(new Error(`no, <${text}> is not for us`), { responseCode: what }));
      return true;
    };
    mail.server = new SMTPServer({
      disabledCommands: [...(tls ? [] : ['STARTTLS']), ...(password ? [] : ['AUTH'])],
      authOptional: !password,
      ...(tls ?? {}),
      onConnect: (session, done) => {
        mail.connections++;
        done();
      },
      onAuth: ({ username, password: given }, session, done) => (given === password ? done(null, { user: username }) : done(new Error('wrong'))),
      onRcptTo: ({ address }, session, done) => refuse('rcpt', address, done) || done(),
      onData: (stream, session, done) => {
        const chunks = [];
        stream.on('data', (chunk) => chunks.push(chunk));
        stream.on('end', async () => {
          const raw = Buffer.concat(chunks).toString();
          if (refuse('data', raw, done)) return;
          mail.letters.push({ to: session.envelope.rcptTo.map(({ address }) => address), from: session.envelope.mailFrom.address, secure: session.secure, raw, parsed: await simpleParser(raw) });
          done();
        });
      },
    });
    mail.server.on('error', () => {});
    mail.server.listen(port, '127.0.0.1');
    await once(mail.server.server, 'listening');
    mail.port = mail.server.server.address().port;
    mail.url = `smtp://127.0.0.1:${mail.port}`;
    return mail;
  }
  to(address) {
    return this.letters.filter((letter) => letter.to.includes(address));
  }
  async stop() {
    for (const connection of this.server.connections) connection._socket.destroy();
    await new Promise((done) => this.server.close(done));
  }
}
