// A node that speaks TLS itself, with no proxy before it: every kind of client comes in over it, its certificate is renewed under way, and
// whoever does it wrong is put out. What runs on top is tested elsewhere, in clear.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { io } from 'socket.io-client';
import { ask } from './support/ask.mjs';
import { makeCertificate } from './support/certificates.mjs';
import { Client } from './support/client.mjs';
import { metric } from './support/metrics.mjs';
import { BUILD, Process, freePort, until } from './support/processes.mjs';
import { Pump } from './support/pump.mjs';
import { witnessed } from './support/realtime_contract.mjs';
import { Stack } from './support/stack.mjs';
import { Stream } from './support/stream.mjs';

const RING_BYTES = 16384;
const MESSAGE_BYTES = 100000;
const UPGRADE = 'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
  + 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: auction.v1\r\n\r\n';

/** A text message of a client's, as a frame; under 64 KB. */
function frame(text) {
  const [body, mask] = [Buffer.from(text), randomBytes(4)];
  const head = body.length < 126 ? Buffer.from([0x81, 0x80 | body.length]) : Buffer.from([0x81, 0xfe, body.length >> 8, body.length & 255]);
  return Buffer.concat([head, mask, body.map((byte, at) => byte ^ mask[at % 4])]);
}

describe('TLS in a node', () => {
  let stack, sale, lot, node, hasty, certificate, pump;
  const [sockets, servers] = [[], []];
  before(async () => {
    stack = await Stack.start({ nodes: 0, env: { ROOM_RING_BYTES: `${RING_BYTES}`, LIMIT_MESSAGE_BYTES: `${MESSAGE_BYTES}` } });
    certificate = makeCertificate(stack.folder.path, 'first');
    node = await stack.startNode({}, certificate);
    hasty = await stack.startNode({ HANDSHAKE_TIMEOUT_MS: '2500', SLOW_STUCK_MS: '3000' }, certificate);
    sale = await stack.sale();
    lot = await stack.lot(sale.id);
    pump = await Pump.start(stack, lot, [await stack.bidder('aoi', sale.id), await stack.bidder('ren', sale.id)], 0);
  });
  after(async () => {
    for (const socket of sockets) (socket.destroy ?? socket.close).call(socket);
    for (const server of servers) server.close();
    await stack.stop();
  });

  const refused = (reason, at = node) => metric(at, 'seri_connections_refused_total', { reason });

  /** A bare connection over TLS; `failed` gives the error, or undefined, when it has ended. */
  function tls(options = {}) {
    const socket = connectTls({ host: '127.0.0.1', port: node.port, ca: node.ca, ...options });
    sockets.push(socket);
    socket.bytes = Buffer.alloc(0);
    socket.on('data', (piece) => (socket.bytes = Buffer.concat([socket.bytes, piece])));
    socket.on('error', (error) => (socket.fault = error));
    socket.failed = new Promise((done) => socket.on('close', () => done(socket.fault)));
    socket.secure = new Promise((done) => socket.once('secureConnect', done));
    return socket;
  }
  /** The same without TLS, of which a node that wants it makes nothing; gives what was answered when it has ended. */
  function plain(port, ...bytes) {
    return new Promise((done) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => bytes.forEach((piece) => socket.write(piece)));
      sockets.push(socket);
      socket.on('data', (piece) => (text += piece));
      socket.on('error', () => {});
      socket.on('close', () => done(text));
    });
  }
  /** The port of one before the node that hands what clients send on by `pass(bytes, to)`. */
  async function proxy(pass) {
    const server = createServer((from) => {
      const to = connect(node.port, '127.0.0.1').setNoDelay(true);
      sockets.push(from, to);
      from.on('data', (bytes) => pass(bytes, to));
      to.on('data', (bytes) => from.write(bytes));
      for (const [one, other] of [[from, to], [to, from]]) one.on('error', () => {}).on('close', () => other.end());
    });
    servers.push(server);
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    return server.address().port;
  }
  const nameSeen = async () => {
    const socket = tls();
    await socket.secure;
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return CN;
  };

  it('lets WebSocket clients watch and bid, in TLS 1.3, with HTTP/1.1 chosen', async () => {
    const watcher = await stack.client();
    const { auction } = await watcher.join(lot);
    await pump.bid(2);
    const update = await watcher.event('auction:update', ({ seq }) => seq >= pump.seq);
    assert.equal(update.price > (auction.price ?? 0), true);
    assert.equal(watcher.socket._socket.getProtocol(), 'TLSv1.3');
    const socket = tls({ ALPNProtocols: ['h2', 'http/1.1'] });
    await socket.secure;
    assert.equal(socket.alpnProtocol, 'http/1.1');
    socket.destroy();
    watcher.socket.close(1000);
    assert.equal((await watcher.closed).code, 1000);
  });

  it('lets Socket.IO clients bid', async () => {
    const user = await stack.bidder('mio', sale.id);
    const socket = witnessed(io(`https://127.0.0.1:${node.port}`, { transports: ['websocket'], forceNew: true, reconnection: false, ca: node.ca, auth: { token: user.token } }));
    sockets.push(socket);
    await new Promise((done, fail) => socket.once('connect', done).once('connect_error', fail));
    const { auction } = await socket.timeout(10000).emitWithAck('auction:join', { auctionId: lot });
    const answer = await socket.timeout(10000).emitWithAck('auction:bid', { auctionId: lot, bidId: randomUUID(), amount: auction.minNextBid, confirm: true });
    assert.deepEqual([answer.ok, answer.leading], [true, true]);
    pump.price = answer.minNextBid;
  });

  it('streams events, and answers who asks for health, or for what is not there', async () => {
    const stream = new Stream(node, `/sse/auctions/${lot}`);
    assert.equal(await stream.opened, 200);
    await stream.event('auction:state');
    await pump.bid(1);
    await stream.event('auction:update', ({ seq }) => seq >= pump.seq);
    stream.close();
    assert.deepEqual(JSON.parse((await ask(node, '/health')).text), { status: 'ok' });
    const nothing = await ask(node, '/nothing');
    assert.deepEqual([nothing.status, JSON.parse(nothing.text).code], [404, 'NOT_FOUND']);
    assert.ok((await metric(node, 'seri_tls_certificate_expires_seconds')) > Date.now() / 1000 + 86400);
  });

  it('ends what it has answered as TLS is ended, so that nobody can have cut it short', () => {
    const openssl = (...options) => spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${node.port}`, '-CAfile', certificate.certificate, '-verify_return_error', '-ign_eof', ...options],
      { input: 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n', timeout: 10000 });
    for (const version of ['-tls1_3', '-tls1_2']) {
      const { status, stdout, stderr } = openssl('-quiet', version);
      assert.match(stdout.toString(), /\{"status":"ok"\}$/);
      assert.doesNotMatch(stderr.toString(), /eof|error:/);
      assert.equal(status, 0);
    }
  });

  it('takes a message that comes in one record with the request', async () => {
    const socket = tls();
    await socket.secure;
    socket.write(Buffer.concat([Buffer.from(UPGRADE), frame(JSON.stringify({ event: 'time:sync', id: 1, data: { clientMs: 5 } }))]));
    await until('the answers', () => socket.bytes.includes('101 Switching') && socket.bytes.includes('"clientMs":5'));
    socket.write(Buffer.from([0x88, 0x80, 0, 0, 0, 0]));
    assert.equal(await socket.failed, undefined);
    assert.deepEqual(socket.bytes.subarray(-2), Buffer.from([0x88, 0]), 'the close frame');
  });

  it('takes what comes in pieces of any size, and messages of many records', async () => {
    const port = await proxy((bytes, to) => {
      for (let at = 0; at < bytes.length; at += 1 + (at % 1500)) to.write(bytes.subarray(at, at + 1 + (at % 1500)));
    });
    const client = new Client(`wss://127.0.0.1:${port}/ws`, { ca: node.ca });
    await client.opened;
    assert.equal((await client.join(lot)).ok, true);
    const long = await client.request('auction:join', { auctionId: lot, more: 'x'.repeat(MESSAGE_BYTES - 1000) });
    assert.equal(long.error.code, 'INVALID_MESSAGE');
    client.raw(JSON.stringify({ event: 'time:sync', data: { more: 'x'.repeat(MESSAGE_BYTES) } }));
    assert.equal((await client.closed).code, 1009);
  });

  it('goes on when a client changes the keys', async () => {
    const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${node.port}`, '-CAfile', certificate.certificate]);
    sockets.push({ close: () => child.kill('SIGKILL') });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (text += bytes));
    await until('the handshake', () => text.includes('Verify return code: 0'));
    child.stdin.write(UPGRADE);
    await until('the upgrade', () => text.includes('101 Switching'));
    for (let changes = 1; changes <= 3; changes++) {
      child.stdin.write('K\n'); // and the other side shall as well
      await until('a change', () => text.split('KEYUPDATE').length > changes);
      child.stdin.write(frame(JSON.stringify({ event: 'time:sync', id: 1, data: { clientMs: 1000 + changes } })));
      await until('the answer', () => text.includes(`"clientMs":${1000 + changes}`));
    }
    child.kill();
  });

  it('takes the end of TLS for the end of the client', async () => {
    const socket = tls({ allowHalfOpen: true });
    await socket.secure;
    const connections = await metric(node, 'seri_connections');
    socket.write(UPGRADE);
    await until('the upgrade', () => socket.bytes.includes('101 Switching'));
    const ended = new Promise((done) => socket.once('end', done));
    socket.end();
    await ended;
    await until('it to be gone', async () => (await metric(node, 'seri_connections')) <= connections);
    assert.equal(await socket.failed, undefined);
  });

  it('sends what is long whole', async () => {
    await pump.bid(220);
    const client = await stack.client();
    const since = pump.seq - 400;
    const { auction, events } = await client.join(lot, since);
    assert.equal(events.length, auction.seq - since);
    assert.ok(JSON.stringify(events).length > 4 * 16384, 'more than some records');
    client.terminate();
  });

  it('keeps a client that falls behind on one piece of ciphertext after the other', async () => {
    const client = await stack.client();
    await client.join(lot);
    await pump.overtake(client, node, RING_BYTES);
    const state = await client.event('auction:state');
    await pump.bid(1);
    await client.event('auction:update', ({ seq }) => seq >= pump.seq);
    assert.ok(state.seq <= pump.seq);
    assert.equal(client.close, undefined);
    client.terminate();
  });

  it('closes one that reads nothing', async () => {
    const client = await stack.client(null, stack.nodes.indexOf(hasty));
    await client.join(lot);
    client.socket.pause();
    const closed = () => metric(hasty, 'seri_connections_closed_total', { reason: 'too_slow' });
    await pump.until('it to be closed', async () => (await closed()) === 1);
  });

  it('refuses old versions and other protocols, and counts them', async () => {
    const before = await refused('tls');
    const bad = [{ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }, { ALPNProtocols: ['h2'] }];
    for (const options of bad) assert.match((await tls(options).failed).code, /^ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION|^ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL/);
    assert.equal(await refused('tls'), before + 2);
    const good = tls({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
    await good.secure;
    good.destroy();
  });

  it('tells one who speaks HTTP in clear that it wants TLS, and closes for what is neither', async () => {
    const before = await refused('tls');
    const answer = await plain(node.port, 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(JSON.parse(answer.split('\r\n\r\n')[1]).title, /TLS/);
    assert.doesNotMatch(await plain(node.port, '\x16\x03\x01\x7f\x7fgarbage that is no hello'), /HTTP/);
    assert.doesNotMatch(await plain(node.port, randomBytes(3).fill(0), randomBytes(4096).fill(255)), /HTTP/);
    assert.equal(await refused('tls'), before + 3);
  });

  it('goes on serving while hundreds begin a handshake at once', async () => {
    const hello = await new Promise((done) => {
      const server = createServer((from) => from.once('data', done));
      servers.push(server);
      server.listen(0, '127.0.0.1', () => sockets.push(connectTls({ host: '127.0.0.1', port: server.address().port }).on('error', () => {})));
    });
    const client = await stack.client();
    let answered = 0;
    const crowd = await Promise.all(Array.from({ length: 300 }, () => new Promise((done) => {
      const socket = connect(node.port, '127.0.0.1', () => done(socket));
      socket.once('data', () => answered++);
      sockets.push(socket);
    })));
    await ask(node, '/health'); // they came before it, so they have been let in
    node.kill('SIGSTOP');
    for (const socket of crowd) socket.write(hello);
    const reply = client.request('time:sync', { clientMs: 1 });
    node.kill('SIGCONT');
    assert.equal((await reply).ok, true);
    assert.ok(answered < crowd.length, 'not behind all of them');
    await until('all to be answered', () => answered === crowd.length);
    for (const socket of crowd) socket.destroy();
  });

  it('puts out who stops halfway, before or after the handshake', async () => {
    const before = await refused('timeout', hasty);
    const silent = tls({ port: hasty.port });
    await silent.secure;
    const hello = Buffer.from('16030100c8010000c40303', 'hex'); // and no more of it
    await Promise.all([plain(hasty.port), plain(hasty.port, hello), silent.failed]);
    assert.equal(await refused('timeout', hasty), before + 3);
  });

  it('ends for a record that was changed on the way', async () => {
    let change = false;
    const port = await proxy((bytes, to) => {
      if (change) bytes[bytes.length - 1] ^= 1;
      to.write(bytes);
    });
    const socket = tls({ port });
    await socket.secure;
    socket.write(UPGRADE);
    await until('the answer', () => socket.bytes.includes('101 Switching'));
    const connections = await metric(node, 'seri_connections');
    change = true;
    socket.write(frame(JSON.stringify({ event: 'time:sync', id: 1, data: { clientMs: 5 } })));
    assert.match((await socket.failed).code, /BAD_RECORD_MAC/);
    await until('it to be gone', async () => (await metric(node, 'seri_connections')) < connections);
  });

  it('takes a renewed certificate on SIGHUP for who comes, and keeps the old one if that is none', async () => {
    const client = await stack.client();
    await client.join(lot);
    assert.equal(await nameSeen(), 'first');
    const second = makeCertificate(stack.folder.path, 'second');
    copyFileSync(second.certificate, certificate.certificate);
    node.kill('SIGHUP');
    await until('it to be refused', () => node.output.includes('it is not the key of the certificate'));
    assert.equal(await nameSeen(), 'first');
    copyFileSync(second.key, certificate.key);
    node.kill('SIGHUP');
    await until('it to be taken', () => node.output.includes('the certificate was read again'));
    node.ca += second.ca;
    assert.equal(await nameSeen(), 'second');
    await pump.bid(1);
    await client.event('auction:update', ({ seq }) => seq >= pump.seq);
    assert.equal(client.socket._socket.getPeerCertificate().subject.CN, 'first');
  });

  describe('with files that cannot be used', () => {
    const start = (env) => spawnSync(join(BUILD, 'seri-realtime'), [], { env: { PATH: process.env.PATH, ASAN_OPTIONS: process.env.ASAN_OPTIONS, ...stack.env, ...env }, timeout: 20000 });

    it('does not start, and says which and why', () => {
      const [good, other] = [makeCertificate(stack.folder.path, 'good'), makeCertificate(stack.folder.path, 'other')];
      const empty = join(stack.folder.path, 'empty.pem');
      writeFileSync(empty, '');
      const cases = [
        [{ ...good.env, TLS_KEY_FILE: '' }, /TLS_KEY_FILE is missing/],
        [{ ...good.env, TLS_CERT_FILE: '' }, /TLS_CERT_FILE is missing/],
        [{ ...good.env, TLS_CERT_FILE: '/nowhere.pem' }, /TLS_CERT_FILE \/nowhere\.pem: No such file/],
        [{ ...good.env, TLS_CERT_FILE: empty }, /TLS_CERT_FILE .*empty\.pem: no certificate can be read/],
        [{ ...good.env, TLS_KEY_FILE: other.key }, /TLS_KEY_FILE .*other\.key: it is not the key/],
      ];
      for (const [env, message] of cases) {
        const { status, stderr } = start(env);
        assert.equal(status, 2);
        assert.match(stderr.toString(), message);
      }
    });

    it('starts with one that has expired, and warns', async () => {
      const shift = join(stack.folder.path, 'shift');
      writeFileSync(shift, new Uint8Array(new BigInt64Array([3n * 86400000n, 0n]).buffer));
      const lies = { LD_PRELOAD: join(BUILD, 'shifted-clock.so'), SHIFTED_CLOCK: shift, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS}:verify_asan_link_order=0` };
      const env = { ...stack.env, ...makeCertificate(stack.folder.path, 'expired').env, REALTIME_PORT: `${await freePort()}`, ...lies };
      const old = new Process('expired', join(BUILD, 'seri-realtime'), [], { folder: stack.folder.path, env });
      await until('it to listen', () => old.exit || old.output.includes('"listening"'));
      assert.match(old.output, /it has expired/);
      await old.stop();
    });
  });

  it('sends its clients away when it is to stop', async () => {
    const client = await stack.client(null, stack.nodes.indexOf(hasty));
    await client.join(lot);
    hasty.kill('SIGTERM');
    assert.equal((await client.closed).code, 1001);
    assert.equal((await hasty.exited).code, 0);
  });

  it('is offered by --help', () => {
    assert.match(execFileSync(join(BUILD, 'seri-realtime'), ['--help']).toString(), /TLS_CERT_FILE[\s\S]*TLS_KEY_FILE/);
  });
});
