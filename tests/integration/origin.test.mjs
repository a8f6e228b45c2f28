// nginx as deploy/up configures it, before a REST process and a node: what it lets through, and that what it refuses by itself is said in
// the form of every other refusal.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Api } from './support/api.mjs';
import { contract } from './support/contract.mjs';
import { Origin } from './support/origin.mjs';
import { Stack } from './support/stack.mjs';

describe('the one origin', () => {
  let stack, origin, port, api, office;
  before(async () => {
    stack = await Stack.start({ nodes: 1 });
    office = (await stack.office()).api;
    origin = await Origin.start(stack);
    port = origin.port;
    api = new Api(origin.url);
  });
  after(async () => {
    await origin?.stop();
    await stack?.stop();
  });

  const catalogue = (count) => [
    'lot_number,sex,coat_colour,foaled_on,sire_ja,dam_ja,start_price',
    ...Array.from({ length: count }, (_, i) => `${i + 1},牡,鹿毛,2025-03-09,サイノチチ,ハナノハハ,5000000`),
  ].join('\n');

  it('lets a catalogue of many thousand lots in, and the file of it out', async () => {
    const sale = await stack.sale();
    const file = catalogue(30000);
    assert.ok(file.length > 1 << 20);
    const answer = await api.as(office.token).post(`/api/sales/${sale.id}/lots?dryRun=true`, file, { headers: { 'content-type': 'text/csv' } });
    assert.deepEqual(answer.expect(200), { dryRun: true, lots: 30000, faultCount: 0, faults: [] });
    const refused = await api.post(`/api/sales/${sale.id}/lots`, catalogue(10), { headers: { 'content-type': 'text/csv' } });
    refused.refused('UNAUTHENTICATED', 401);
  });

  /** Sends raw bytes; gives {status, headers, text, json} of the answer. */
  function talk(bytes) {
    return new Promise((done, fail) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.setTimeout(15000, () => fail(new Error('neither answered nor closed')));
      socket.on('error', fail);
      socket.on('data', (chunk) => {
        text += chunk;
        const [head, body] = text.split('\r\n\r\n');
        if (!(Buffer.byteLength(body ?? '') >= Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? Infinity))) return;
        socket.destroy();
        const headers = new Headers(head.split('\r\n').slice(1).map((line) => line.split(/: (.*)/s).slice(0, 2)));
        done({ status: Number(head.split(' ')[1]), headers, text: body, json: JSON.parse(body) });
      });
      socket.write(bytes);
    });
  }
  const request = (first, ...headers) => `${first}\r\n${['Host: a', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`;
  const long = 'x'.repeat(9000);
  const UNHEARD = true; // refused by the first line already, so in Japanese
  const refusals = [
    ['an address that is too long', request(`GET /api/${long} HTTP/1.1`), 414, 'PAYLOAD_TOO_LARGE', UNHEARD],
    ['a header that is too long', request('GET /api/config HTTP/1.1', `X: ${long}`), 431, 'PAYLOAD_TOO_LARGE'],
    ['headers that are too many', request('GET /api/config HTTP/1.1', ...Array.from({ length: 40 }, (_, i) => `X${i}: ${'x'.repeat(500)}`)), 431, 'PAYLOAD_TOO_LARGE'],
    ['many small headers, which go through', request('FETCH /api/config HTTP/1.1', ...Array.from({ length: 900 }, (_, i) => `X${i}: a`)), 405, 'METHOD_NOT_ALLOWED'],
    ['a body that is too large', request('POST /api/auth/login HTTP/1.1', 'Content-Length: 2000000'), 413, 'PAYLOAD_TOO_LARGE'],
    ['a method that is none of HTTP\'s for us', request('TRACE /api/config HTTP/1.1'), 405, 'METHOD_NOT_ALLOWED'],
    ['a line that is no request', 'GET /api/config\x01 HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'INVALID_MESSAGE', UNHEARD],
    ['no host', 'GET /api/config HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'INVALID_MESSAGE'],
    ['a NUL in the path', request('GET /api/config%00 HTTP/1.1'), 400, 'INVALID_MESSAGE', UNHEARD],
    ['a way out of the root', request('GET /api/../../etc HTTP/1.1'), 400, 'INVALID_MESSAGE', UNHEARD],
    ['two lengths', request('POST /api/auth/login HTTP/1.1', 'Content-Length: 2', 'Content-Length: 3'), 400, 'INVALID_MESSAGE'],
    ['a coding that nobody knows', request('POST /api/auth/login HTTP/1.1', 'Transfer-Encoding: gzip'), 400, 'INVALID_MESSAGE'],
    ['quotes in an address', request(`GET /api/"%22'${long} HTTP/1.1`), 414, 'PAYLOAD_TOO_LARGE', UNHEARD],
  ];
  for (const [what, bytes, status, code, unheard] of refusals) {
    it(`refuses in the form of every other refusal: ${what}`, async () => {
      const answer = await talk(bytes);
      assert.deepEqual([answer.status, answer.json.code], [status, code]);
      contract.checkProblem(what, answer);
      assert.equal(answer.headers.get('content-language'), 'ja');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      if (!unheard) assert.doesNotMatch((await talk(bytes.replace('\r\n', '\r\nAccept-Language: en-GB,en;q=0.9\r\n'))).json.title, /[ぁ-ん]/);
    });
  }

  const answers = [
    ['a page', '/', 200],
    ['an address that the client makes a page of', '/sales/1', 200],
    ['a part of a client that is not served any more', '/assets/gone-1a2b3c.js', 404],
    ['the API', '/api/config', 200],
    ['a refusal of it', '/api/none', 404],
    ['what it makes to be looked at', '/api/docs', 200],
    ['a refusal before it', `/api/${long}`, 414],
    ['a node', '/sse/none', 404],
    ['a program\'s health', '/health', 200],
  ];
  for (const [what, path, status] of answers) {
    it(`sends with every answer what a browser must not do with it: ${what}`, async () => {
      const answer = await fetch(`${origin.url}${path}`);
      await answer.arrayBuffer();
      assert.equal(answer.status, status);
      const of = (name) => answer.headers.get(name);
      assert.deepEqual(
        ['x-content-type-options', 'x-frame-options', 'referrer-policy', 'cross-origin-opener-policy', 'server'].map(of),
        ['nosniff', 'DENY', 'same-origin', 'same-origin', 'nginx'],
      );
      assert.match(of('permissions-policy'), /camera=\(\), .*geolocation=\(\), .*microphone=\(\)/);
      const policy = of('content-security-policy');
      if (path.startsWith('/api/') && policy === null) return assert.match(of('content-type'), /json/);
      for (const rule of ["frame-ancestors 'none'", 'base-uri ', 'form-action ']) assert.ok(policy.includes(rule), policy);
      assert.doesNotMatch(policy.match(/script-src [^;]*/)?.[0] ?? '', /unsafe|https?:|\*/);
      if (!path.startsWith('/api/')) {
        assert.equal(of('cross-origin-resource-policy'), 'same-origin');
        assert.match(policy, /^default-src 'self'; script-src 'self'; style-src 'self' 'nonce-[0-9a-f]{32}'; img-src 'self' data: blob:; media-src 'self' blob:; .*object-src 'none'/);
      }
    });
  }

  it('says in that form that nobody is behind it, and when to come back', async () => {
    await stack.rest.stop();
    for (const [method, path] of [['GET', '/api/config'], ['POST', '/api/auth/logout']]) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { 'accept-language': 'en' } });
      assert.deepEqual([answer.status, answer.headers.get('retry-after'), answer.headers.get('content-language')], [503, '1', 'en']);
      const json = await answer.json();
      assert.equal(json.code, 'UNAVAILABLE');
      assert.equal(json.instance, path);
      contract.checkProblem(path, { status: 503, headers: answer.headers, json });
    }
  });
});
