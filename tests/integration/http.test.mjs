// HTTP clients that are broken, mean or slow: a clear answer or an end, no effect, and the next request is served.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

/** A raw connection: `text` is all that came so far. */
function raw(port, { host = '127.0.0.1' } = {}) {
  const socket = connect(port, host);
  const line = { socket, text: '', ended: false };
  socket.on('data', (chunk) => (line.text += chunk.toString('latin1')));
  line.closed = new Promise((done) => socket.on('close', done));
  line.closed.then(() => (line.ended = true));
  socket.on('error', () => {});
  return line;
}

/** The answers in what came: [{status, headers, body}]. */
function answers(text) {
  const found = [];
  while (text.startsWith('HTTP/1.1 ') && text.includes('\r\n\r\n')) {
    const [head] = text.split('\r\n\r\n', 1);
    const size = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
    const body = text.slice(head.length + 4, head.length + 4 + size);
    found.push({ status: Number(head.split(' ')[1]), head, body, code: /"code":"(\w+)"/.exec(body)?.[1] });
    text = text.slice(head.length + 4 + size);
  }
  return found;
}

describe('HTTP of the REST process', () => {
  let stack, port;
  before(async () => {
    stack = await Stack.start({ nodes: 0, env: { REST_TIMEOUT_S: '2', REST_SLOWEST_BYTES_PER_S: '1000000000', REST_KEEPALIVE_REQUESTS: '5' } });
    port = stack.rest.port;
  });
  after(() => stack?.stop());

  const unharmed = async () => assert.equal((await stack.api.get('/api/config')).status, 200);
  const meter = async (name) => Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\d+)$`, 'm').exec((await stack.api.get('/metrics')).text)[1]);

  /** Sends the bytes and gives the answers by the time the connection ended, which it does by itself or, `patient`ly, at our word. */
  async function talk(bytes, { wait = 1, seconds = 6 } = {}) {
    const line = raw(port);
    line.socket.write(Buffer.from(bytes, 'latin1'));
    await until('an answer or the end', () => line.ended || answers(line.text).length >= wait, seconds);
    line.socket.end();
    await Promise.race([line.closed, until('the end', () => line.ended, seconds)]);
    await unharmed();
    return answers(line.text);
  }
  const post = (headers, body = '') => `POST /api/auth/login HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n${body}`;
  const json = 'Content-Type: application/json\r\n';

  describe('a request whose length is not clear', () => {
    const smuggled = 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n';
    const cases = [
      ['two lengths that differ', post(`${json}Content-Length: 2\r\nContent-Length: 40`, `{}${smuggled}`)],
      ['two lengths that agree', post(`${json}Content-Length: 2\r\nContent-Length: 2`, `{}${smuggled}`)],
      ['a length and chunks', post(`${json}Content-Length: 2\r\nTransfer-Encoding: chunked`, `0\r\n\r\n${smuggled}`)],
      ['chunks and a length', post(`${json}Transfer-Encoding: chunked\r\nContent-Length: 2`, `0\r\n\r\n${smuggled}`)],
      ['a coding that is not known', post(`${json}Transfer-Encoding: gzip, chunked`, `0\r\n\r\n${smuggled}`)],
      ['chunked twice', post(`${json}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked`, `0\r\n\r\n${smuggled}`)],
      ['a blank before the colon', post(`${json}Content-Length : 2`, `{}${smuggled}`)],
      ['a list of lengths', post(`${json}Content-Length: 2, 2`, `{}${smuggled}`)],
      ['a negative length', post(`${json}Content-Length: -2`, `{}${smuggled}`)],
      ['a length with a sign', post(`${json}Content-Length: +2`, `{}${smuggled}`)],
      ['a length in hexadecimal', post(`${json}Content-Length: 0x2`, `{}${smuggled}`)],
      ['a length beyond all numbers', post(`${json}Content-Length: 99999999999999999999999`, `{}${smuggled}`)],
      ['chunks of a length that is none', post(`${json}Transfer-Encoding: chunked`, `zz\r\n{}\r\n0\r\n\r\n${smuggled}`)],
    ];
    for (const [what, bytes] of cases) {
      it(`is refused, with what comes behind it: ${what}`, async () => {
        const found = await talk(bytes);
        assert.ok(found.length <= 1, `answered twice: ${JSON.stringify(found)}`);
        for (const { status } of found) assert.ok([400, 413].includes(status), `${status}`);
      });
    }
  });

  describe('a path with tricks', () => {
    const cases = [
      ['dots', '/api/../health', 404], ['encoded dots', '/api/%2e%2e/health', 404], ['an encoded slash', '/api%2fconfig', 404], ['two slashes', '//api/config', 404],
      ['an encoded NUL', '/api/config%00', 404], ['a semicolon', '/api/config;x=1', 404], ['a slash too many', '/api/config/', 404], ['an encoded digit', '/api/horses/%31', 404],
      ['a backslash', '/api\\config', 404], ['SQL for an id', "/api/horses/1'%20OR%20'1'='1", 404], ['bytes that are no UTF-8', '/api/\xff\xfe', 404],
      ['a query that is no UTF-8', '/api/horses?q=%ff%fe', 400], ['a query with a NUL', '/api/horses?q=%00', 400], ['a query cut off', '/api/horses?q=%f', 400], ['SQL for a query', "/api/horses?q=%27%3BDROP%20TABLE%20horses%3B--", 200],
    ];
    for (const [what, path, status] of cases) {
      it(`leads nowhere else: ${what}`, async () => {
        const found = await talk(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
        assert.deepEqual(found.map((answer) => answer.status), [status], JSON.stringify(found));
      });
    }
    it('leads nowhere else: another host in it, or none', async () => {
      for (const target of ['http://evil.example/api/config', 'evil.example:443', '*']) {
        for (const { status } of await talk(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)) assert.ok(status >= 400, target);
      }
    });
  });

  describe('bytes that are no HTTP', () => {
    const cases = [
      ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x00\r\n\r\n'], ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], ['a version of its own', 'GET /health HTTP/9.9\r\nHost: a\r\n\r\n'],
      ['no version', 'GET /health\r\n\r\n'], ['no method', ' /health HTTP/1.1\r\nHost: a\r\n\r\n'], ['a NUL in a header', 'GET /health HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n'],
      ['a header without a colon', 'GET /health HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n'], ['no host', 'GET /api/config HTTP/1.1\r\n\r\n'], ['a header of 64 KB', `GET /health HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(65536)}\r\n\r\n`],
      ['a target of 64 KB', `GET /${'x'.repeat(65536)} HTTP/1.1\r\nHost: a\r\n\r\n`], ['ten thousand headers', `GET /health HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(10000)}\r\n`],
    ];
    for (const [what, bytes] of cases) {
      it(`are answered once or not at all: ${what}`, async () => {
        const found = await talk(bytes);
        assert.ok(found.length <= 1 && found.every(({ status }) => status === 200 || (status >= 400 && status < 600)), JSON.stringify(found));
      });
    }
  });

  it('answers pipelined requests in their order, and no more than a connection may have', async () => {
    const get = (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const found = await talk(get('/api/config') + get('/nowhere') + post(`${json}Content-Length: 3`, '{x}') + get('/health') + get('/api/horses?limit=1') + get('/health'), { wait: 6, seconds: 6 });
    assert.deepEqual(found.map(({ status }) => status), [200, 404, 400, 200, 200]);
    assert.deepEqual(found.map(({ head }) => /^connection: close$/im.test(head)), [false, false, false, false, true]);
  });

  it('writes nothing of a request into its own headers', async () => {
    for (const id of ['a b', 'x'.repeat(65), '<script>', 'ä', 'a\tb']) {
      const [{ head, status }] = await talk(`GET /api/config HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${id}\r\nAccept-Language: ${'x,'.repeat(2000)}en\r\nConnection: close\r\n\r\n`);
      assert.equal(status, 200);
      assert.match(head, /^X-Request-Id: [0-9a-f-]{36}$/m);
    }
    const [{ body }] = await talk('GET /api/%0d%0aSet-Cookie:x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    assert.ok(!body.includes('\n'));
  });

  it('takes JSON in UTF-8 and nothing else', async () => {
    const good = '{"email":"nobody@example.test","password":"not the password"}';
    const send = async (type, body) => (await talk(post(`${type}Content-Length: ${body.length}\r\nConnection: close`, body)))[0];
    for (const type of ['', 'Content-Type: text/plain\r\n', 'Content-Type: application/jsonx\r\n', 'Content-Type: application/x-www-form-urlencoded\r\n', 'Content-Type: multipart/form-data; boundary=x\r\n', 'Content-Type: \r\n']) {
      assert.deepEqual((({ status, code }) => [status, code])(await send(type, good)), [415, 'UNSUPPORTED_MEDIA_TYPE'], type);
    }
    for (const type of [json, 'Content-Type: application/json; charset=utf-8\r\n', 'content-type: APPLICATION/JSON\r\n']) assert.equal((await send(type, good)).status, 401, type);
    for (const body of ['\xff\xfe{}', '{"email":"\xc3\x28"}', '{"email":"\xed\xa0\x80"}', '{"email":"\\ud800"}', '{"email":"\x00"}', '[]', 'null', '{}{}', '\xef\xbb\xbf{}', '['.repeat(30000)]) {
      assert.deepEqual((({ status, code }) => [status, code])(await send(json, body)), [400, 'INVALID_MESSAGE'], body.slice(0, 20));
    }
    const [withBody] = await talk(`GET /api/config HTTP/1.1\r\nHost: a\r\n${json}Content-Length: 2\r\nConnection: close\r\n\r\n{}`);
    assert.equal(withBody.status, 415);
  });

  it('refuses what is too large before it has come, or reads on so that the answer is heard', async () => {
    const [huge] = await talk(post(`${json}Content-Length: 1000000000`));
    assert.deepEqual([huge.status, huge.code], [413, 'PAYLOAD_TOO_LARGE']);
    const [expecting] = await talk(post(`${json}Content-Length: 1000000000\r\nExpect: 100-continue`));
    assert.equal(expecting.status, 413);
    const [large] = await talk(post(`${json}Content-Length: 200000\r\nConnection: close`, 'x'.repeat(200000)));
    assert.deepEqual([large.status, large.code], [413, 'PAYLOAD_TOO_LARGE']);
    const chunk = `10000\r\n${'x'.repeat(65536)}\r\n`;
    const endless = raw(port);
    endless.socket.write(post(`${json}Transfer-Encoding: chunked`));
    const pump = setInterval(() => endless.socket.write(chunk), 5);
    await until('the end', () => endless.ended);
    clearInterval(pump);
    await unharmed();
  });

  /** Sends the text a few bytes at a time, for as long as it is let. */
  async function trickle(text, every = 150) {
    const line = raw(port);
    const began = Date.now();
    let at = 0;
    const timer = setInterval(() => at < text.length && line.socket.write(text[at++]), every);
    await until('the end of a slow connection', () => line.ended, 12);
    clearInterval(timer);
    const seconds = (Date.now() - began) / 1000;
    assert.ok(seconds < 8, `after ${seconds} s`);
    await unharmed();
    return answers(line.text);
  }

  it('ends whoever sends a byte now and then: in the first line, in the headers, in the body', async () => {
    const slow = await meter('seri_rest_connections_slow_total{at="request"}');
    const head = `GET /health HTTP/1.1\r\n`;
    const lines = await Promise.all([
      trickle('GET /health?' + 'x'.repeat(100)),
      (async () => {
        const line = raw(port);
        line.socket.write(`${head}Host: a\r\n`);
        const timer = setInterval(() => line.socket.write('X: y\r\n'), 150);
        await until('the end of slow headers', () => line.ended, 12);
        clearInterval(timer);
        return answers(line.text);
      })(),
      (async () => {
        const line = raw(port);
        line.socket.write(post(`${json}Content-Length: 1000`));
        const timer = setInterval(() => line.socket.write(' '), 150);
        await until('the end of a slow body', () => line.ended, 12);
        clearInterval(timer);
        return answers(line.text);
      })(),
    ]);
    assert.deepEqual(lines.map((found) => found.map(({ status, code }) => [status, code])), [[], [[408, 'REQUEST_TIMEOUT']], [[408, 'REQUEST_TIMEOUT']]]);
    const [{ head: answered, body }] = lines[2];
    assert.match(answered, /^content-type: application\/problem\+json$/im);
    assert.deepEqual(JSON.parse(Buffer.from(body, 'latin1')), { type: 'urn:seri:problem:REQUEST_TIMEOUT', title: '時間内にリクエストを受け取れませんでした。もう一度お送りください。', status: 408, code: 'REQUEST_TIMEOUT' });
    assert.equal(await meter('seri_rest_connections_slow_total{at="request"}'), slow + 2);
  });

  it('ends a hundred halves of a request, and serves others meanwhile', async () => {
    const halves = Array.from({ length: 100 }, () => raw(port));
    for (const half of halves) half.socket.write('GET /health HTTP/1.1\r\nHost:');
    await unharmed();
    await until('all to end', () => halves.every((half) => half.ended), 12);
    assert.ok((await meter('seri_rest_connections')) < 50);
  });
});

describe('connections of the REST process', () => {
  let stack;
  before(async () => {
    stack = await Stack.start({ nodes: 0, env: { TRUSTED_PROXIES: '192.0.2.1', LIMIT_CONNECTIONS_PER_ADDRESS: '8', REST_TIMEOUT_S: '2', REST_SLOWEST_BYTES_PER_S: '1000000000' } });
  });
  after(() => stack?.stop());

  it('end when somebody asks and does not read', async () => {
    const deaf = connect(stack.rest.port, '127.0.0.1');
    deaf.on('error', () => {});
    deaf.pause();
    deaf.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(900)); // far more answers than the kernel keeps for a reader
    await until('it to be given up', async () => /^seri_rest_connections_slow_total\{at="answer"\} 1$/m.test((await stack.api.get('/metrics')).text), 15);
    deaf.destroy();
  });

  it('are, of one address, as many as allowed, and another address is served', async () => {
    const { port } = stack.rest;
    const lines = Array.from({ length: 30 }, () => raw(port));
    await until('those too many to be closed', () => lines.filter((line) => line.ended).length >= 22);
    const other = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    let text = '';
    other.on('data', (chunk) => (text += chunk));
    other.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
    await until('the other to be answered', () => text.includes('seri_rest_connections_refused_total'));
    assert.match(text, /^seri_rest_connections_refused_total (2[2-9]|[3-9]\d)$/m);
    other.destroy();
    for (const line of lines) line.socket.destroy();
    await until('room', async () => (await stack.api.get('/api/config')).status === 200);
  });
});
