// RFC 6455, statement by statement, in bare frames against the echo of the conformance server: the cases of the public suites by their
// subjects (framing, pings and pongs, reserved bits, opcodes, fragmentation, UTF-8, closing, limits), and what they leave out.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Conformance, RawSocket, close, frame } from './support.mjs';

const NORMAL = close(1000);

describe('RFC 6455', () => {
  let server;
  before(async () => (server = await Conformance.start()));
  after(() => server?.stop());

  /** Sends these frames in one write and gives all frames that came until the server ended the connection. */
  async function exchange(...frames) {
    const socket = await RawSocket.open(server.port, '/echo');
    socket.write(Buffer.concat(frames));
    return socket.rest();
  }
  /** What of the answer counts: "text:…", "binary:…", "pong:…", "close:1000". */
  const told = (frames) => frames.map(({ opcode, payload }) => {
    if (opcode === 8) return `close:${payload.length ? payload.readUInt16BE(0) : ''}`;
    return `${{ 1: 'text', 2: 'binary', 10: 'pong' }[opcode] ?? opcode}:${opcode === 1 ? payload : payload.toString('latin1')}`;
  });
  function says(what, frames, expected) {
    it(what, async () => assert.deepEqual(told(await exchange(...frames)), expected));
  }
  /** Refused with this code, after these answers. */
  function refuses(what, frames, code = 1002, before = []) {
    it(`refuses ${what}`, async () => {
      const got = await exchange(...frames);
      assert.deepEqual(told(got), [...before, `close:${code}`]);
      assert.ok(got.at(-1).payload.length > 2, 'and says why');
    });
  }

  describe('the opening handshake', () => {
    const open = (headers, path = '/echo', method = 'GET') => RawSocket.head(server.port, `${method} ${path} HTTP/1.1\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
    const good = { Host: 'a', Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' };

    it('is answered with the digest of the key', async () => {
      const head = await open(good);
      assert.match(head, /^HTTP\/1\.1 101 /);
      assert.match(head, /\r\nUpgrade: websocket\r\n/);
      assert.match(head, /\r\nConnection: Upgrade\r\n/);
      assert.match(head, /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/, "the RFC's own example");
      const key = randomBytes(16).toString('base64');
      const digest = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      assert.ok((await open({ ...good, 'Sec-WebSocket-Key': key })).includes(`Sec-WebSocket-Accept: ${digest}\r\n`));
    });
    it('takes headers in any case, and lists of tokens', async () => {
      assert.match(await open({ HOST: 'a', upgrade: 'WebSocket', connection: 'keep-alive, upgrade', 'sec-websocket-version': '13', 'SEC-WEBSOCKET-KEY': good['Sec-WebSocket-Key'] }), /^HTTP\/1\.1 101 /);
    });
    it('negotiates no extension and no subprotocol', async () => {
      const head = await open({ ...good, 'Sec-WebSocket-Extensions': 'permessage-deflate', 'Sec-WebSocket-Protocol': 'a, b' });
      assert.match(head, /^HTTP\/1\.1 101 /);
      assert.doesNotMatch(head, /extensions|sec-websocket-protocol/i);
    });
    for (const [what, headers, status] of [
      ['another version', { 'Sec-WebSocket-Version': '8' }, 426], ['no version', { 'Sec-WebSocket-Version': undefined }, 426], ['no upgrade', { Upgrade: 'h2c' }, 426],
      ['no connection header', { Connection: 'close' }, 426], ['no key', { 'Sec-WebSocket-Key': undefined }, 400], ['a key that is too short', { 'Sec-WebSocket-Key': 'abc' }, 400],
    ]) {
      it(`is refused for ${what}`, async () => {
        const wanted = Object.fromEntries(Object.entries({ ...good, ...headers }).filter(([, value]) => value !== undefined));
        const head = await open(wanted);
        assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
        if (status === 426) assert.match(head, /\r\nSec-WebSocket-Version: 13\r\n/);
      });
    }
    it('is refused by another method and elsewhere', async () => {
      assert.match(await open(good, '/echo', 'POST'), /^HTTP\/1\.1 405 /);
      assert.match(await open(good, '/elsewhere'), /^HTTP\/1\.1 404 /);
    });
    it('may have frames right behind it', async () => {
      const socket = await RawSocket.open(server.port, '/echo', Buffer.concat([frame(1, 'early'), NORMAL]));
      assert.deepEqual(told(await socket.rest()), ['text:early', 'close:1000']);
    });
  });

  describe('framing', () => {
    for (const size of [0, 1, 125, 126, 127, 128, 65535, 65536, 65537, 1000000]) {
      says(`echoes a text of ${size} bytes`, [frame(1, 'x'.repeat(size)), NORMAL], [`text:${'x'.repeat(size)}`, 'close:1000']);
      says(`echoes a binary of ${size} bytes`, [frame(2, Buffer.alloc(size, 0xfe)), NORMAL], [`binary:${'\xfe'.repeat(size)}`, 'close:1000']);
    }
    it('reads frames that come byte by byte', async () => {
      const socket = await RawSocket.open(server.port, '/echo');
      for (const byte of Buffer.concat([frame(1, 'セリ'), frame(9, 'p'), frame(2, Buffer.alloc(130, 1)), NORMAL])) {
        socket.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
      assert.deepEqual(told(await socket.rest()), ['text:セリ', 'pong:p', `binary:${'\x01'.repeat(130)}`, 'close:1000']);
    });
    says('answers many messages of one segment in their order', [...Array.from({ length: 50 }, (_, i) => frame(1, `m${i}`)), NORMAL], [...Array.from({ length: 50 }, (_, i) => `text:m${i}`), 'close:1000']);
    it('sends its own frames unmasked, whole, in the shortest form', async () => {
      for (const { fin, masked, shortest, rsv } of await exchange(frame(1, 'x'), frame(2, Buffer.alloc(126)), frame(2, Buffer.alloc(65536)), frame(9, 'p'), NORMAL)) {
        assert.deepEqual({ fin, masked, shortest, rsv }, { fin: true, masked: false, shortest: true, rsv: 0 });
      }
    });
    says('takes a mask of zeros', [frame(1, 'x', { key: Buffer.alloc(4) }), NORMAL], ['text:x', 'close:1000']);
    for (const opcode of [1, 2, 8, 9, 10]) refuses(`an unmasked frame of opcode ${opcode}`, [frame(opcode, opcode === 8 ? Buffer.from([3, 232]) : 'x', { mask: false })]);
    refuses('an unmasked continuation', [frame(1, 'a', { fin: false }), frame(0, 'b', { mask: false })]);
    refuses('a length that is not in its shortest form', [Buffer.concat([Buffer.from([0x81, 0xfe, 0, 1]), Buffer.alloc(5)])]);
    refuses('a length of 64 bits that would do in 16', [Buffer.concat([Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 1]), Buffer.alloc(5)])]);
    refuses('a length whose first bit is set', [Buffer.concat([Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]), Buffer.alloc(4)])]);
    for (const rsv of [1, 2, 3, 4, 5, 6, 7]) refuses(`reserved bits ${rsv}`, [frame(1, 'good'), frame(1, 'x', { rsv }), frame(9)], 1002, ['text:good']);
    refuses('reserved bits of a control frame', [frame(9, 'x', { rsv: 4 })]);
    for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
      refuses(`opcode ${opcode}`, [frame(1, 'good'), frame(opcode, 'x'), frame(9)], 1002, ['text:good']);
      refuses(`opcode ${opcode}, empty`, [frame(opcode)]);
    }
  });

  describe('control frames', () => {
    says('answers a ping with its content', [frame(9, 'Hello'), NORMAL], ['pong:Hello', 'close:1000']);
    says('answers an empty ping, and one of 125 bytes', [frame(9), frame(9, Buffer.alloc(125, 0xfe)), NORMAL], ['pong:', `pong:${'\xfe'.repeat(125)}`, 'close:1000']);
    says('answers every one of many pings', [...Array.from({ length: 30 }, (_, i) => frame(9, `${i}`)), NORMAL], [...Array.from({ length: 30 }, (_, i) => `pong:${i}`), 'close:1000']);
    says('ignores pongs that nobody asked for', [frame(10, 'x'), frame(10), frame(9, 'p'), NORMAL], ['pong:p', 'close:1000']);
    refuses('a ping of 126 bytes', [frame(9, Buffer.alloc(126))]);
    for (const opcode of [8, 9, 10]) refuses(`a fragmented control frame (${opcode})`, [frame(opcode, Buffer.from([3, 232]), { fin: false })]);
  });

  describe('fragmentation', () => {
    const fin = false;
    says('joins fragments', [frame(1, 'a', { fin }), frame(0, 'b', { fin }), frame(0, 'c'), NORMAL], ['text:abc', 'close:1000']);
    says('joins empty fragments', [frame(2, '', { fin }), frame(0, '', { fin }), frame(0, ''), NORMAL], ['binary:', 'close:1000']);
    says('joins fragments around a full one', [frame(1, '', { fin }), frame(0, 'mid', { fin }), frame(0, ''), NORMAL], ['text:mid', 'close:1000']);
    says('answers a ping between fragments first', [frame(1, 'a', { fin }), frame(9, 'p'), frame(0, 'b', { fin }), frame(9, 'q'), frame(0, 'c'), NORMAL], ['pong:p', 'pong:q', 'text:abc', 'close:1000']);
    says('joins a thousand fragments', [frame(1, 'x', { fin }), ...Array.from({ length: 998 }, () => frame(0, 'x', { fin })), frame(0, 'x'), NORMAL], [`text:${'x'.repeat(1000)}`, 'close:1000']);
    refuses('a continuation of nothing', [frame(0, 'x')]);
    refuses('a continuation of nothing that goes on', [frame(0, 'x', { fin }), frame(1, 'y')]);
    refuses('a continuation of a message that was whole', [frame(1, 'x'), frame(0, 'y')], 1002, ['text:x']);
    refuses('a message within a message', [frame(1, 'a', { fin }), frame(1, 'b')]);
    refuses('a binary fragment within a text', [frame(1, 'a', { fin }), frame(2, 'b', { fin })]);
    says('forgets a message at its close', [frame(1, 'a', { fin }), NORMAL], ['close:1000']);
  });

  describe('UTF-8', () => {
    const fin = false;
    const good = ['κόσμε', 'セリ', '🐎', '\u0000', '\u0080', '\u0800', '\u{10000}', '\u007f', '\u07ff', '\uffff', '\u{10ffff}', '\ud7ff', '\ue000', '\ufffe', '\u{1fffe}'];
    for (const text of good) {
      const bytes = Buffer.from(text);
      says(`echoes ${JSON.stringify(text)}`, [frame(1, bytes), NORMAL], [`text:${text}`, 'close:1000']);
      says(`echoes ${JSON.stringify(text)}, a byte a frame`, [...[...bytes].map((byte, i) => frame(i ? 0 : 1, [byte], { fin: i === bytes.length - 1 })), NORMAL], [`text:${text}`, 'close:1000']);
    }
    const bad = {
      'a lone continuation byte': [0x80], 'another': [0xbf], 'a character that is cut': [0xce], 'one of three that is cut': [0xe3, 0x82], 'one of four that is cut': [0xf0, 0x9f, 0x90],
      'a byte missing in the middle': [0xe3, 0x82, 0x61], 'FE': [0xfe], 'FF': [0xff], 'an overlong slash': [0xc0, 0xaf], 'an overlong slash of three': [0xe0, 0x80, 0xaf], 'an overlong slash of four': [0xf0, 0x80, 0x80, 0xaf],
      'an overlong NUL': [0xc0, 0x80], 'the longest overlong of two': [0xc1, 0xbf], 'of three': [0xe0, 0x9f, 0xbf], 'of four': [0xf0, 0x8f, 0xbf, 0xbf], 'a surrogate': [0xed, 0xa0, 0x80], 'the last surrogate': [0xed, 0xbf, 0xbf],
      'a pair of surrogates': [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80], 'what is over U+10FFFF': [0xf4, 0x90, 0x80, 0x80], 'F5': [0xf5, 0x80, 0x80, 0x80], 'five bytes': [0xf8, 0x88, 0x80, 0x80, 0x80], 'six bytes': [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80],
    };
    for (const [what, bytes] of Object.entries(bad)) {
      refuses(what, [frame(1, bytes)], 1007);
      refuses(`${what} behind good text, over two frames`, [frame(1, Buffer.concat([Buffer.from('good κ'), Buffer.from(bytes.slice(0, 1))]), { fin }), frame(0, bytes.slice(1))], 1007);
    }
    it('fails fast, before the message is whole', async () => {
      const socket = await RawSocket.open(server.port, '/echo');
      socket.write(frame(1, [0x61, 0xff, 0x62], { length: 3000 }));
      assert.deepEqual(told(await socket.rest()), ['close:1007']);
    });
    says('does not look into binary messages', [frame(2, [0xff], { fin }), frame(0, [0xce]), frame(1, 'x'), NORMAL], ['binary:\xff\xce', 'text:x', 'close:1000']);
  });

  describe('closing', () => {
    says('is answered with the same code', [NORMAL], ['close:1000']);
    says('is answered without a code when there was none', [frame(8)], ['close:']);
    says('takes a reason', [close(1001, 'going セリ')], ['close:1001']);
    says('takes the longest reason', [close(1000, 'x'.repeat(123))], ['close:1000']);
    says('ends it: what comes behind is not answered', [NORMAL, frame(9, 'x'), frame(1, 'x'), NORMAL], ['close:1000']);
    for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]) says(`may be with ${code}`, [close(code)], [`close:${code}`]);
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]) refuses(`code ${code}`, [close(code)]);
    refuses('half a code', [frame(8, [3])]);
    refuses('a close frame of 126 bytes', [frame(8, Buffer.alloc(126, 3))]);
    refuses('a reason that is not UTF-8', [frame(8, [3, 232, 0xff])], 1007);
    refuses('a reason that is cut', [frame(8, [3, 232, 0xce])], 1007);
    it('does not wait for ever for the end of one who was told to go', async () => {
      const socket = await RawSocket.open(server.port, '/echo');
      socket.socket.allowHalfOpen = true;
      socket.write(frame(3));
      const start = Date.now();
      const timer = setInterval(() => socket.write('x'), 200); // fails when the other end is gone
      assert.deepEqual(told(await socket.rest()), ['close:1002']);
      clearInterval(timer);
      assert.ok(Date.now() - start > 1000, 'it was given time');
    });
    it('without a close frame is taken as it comes', async () => {
      const socket = await RawSocket.open(server.port, '/echo');
      socket.socket.end();
      assert.deepEqual(await socket.rest(), []);
    });
  });

  describe('limits', () => {
    const MAX = 16 * 1024 * 1024;
    it('echoes 16 MB in one frame and in many', async () => {
      const content = randomBytes(MAX);
      for (const pieces of [1, 64]) {
        const socket = await RawSocket.open(server.port, '/echo');
        const size = MAX / pieces;
        for (let i = 0; i < pieces; i++) socket.write(frame(i ? 0 : 2, content.subarray(i * size, (i + 1) * size), { fin: i === pieces - 1 }));
        socket.write(NORMAL);
        const [{ payload }, end] = await socket.rest();
        assert.ok(payload.equals(content));
        assert.deepEqual(told([end]), ['close:1000']);
      }
    });
    const huge = (length) => Buffer.concat([Buffer.from([0x82, 0xff]), (() => { const b = Buffer.alloc(12); b.writeBigUInt64BE(BigInt(length)); return b; })()]);
    refuses('a frame over 16 MB by its head alone', [huge(MAX + 1)], 1009);
    refuses('a frame of 2^62 bytes', [huge(2n ** 62n)], 1009);
    it('refuses fragments over 16 MB together', async () => {
      const socket = await RawSocket.open(server.port, '/echo');
      socket.write(frame(2, Buffer.alloc(MAX), { fin: false }));
      socket.write(frame(0, 'x'));
      assert.deepEqual(told(await socket.rest()), ['close:1009']);
    });
    it('waits for one who reads slowly, and loses nothing', async () => {
      const socket = await RawSocket.open(server.port, '/echo');
      socket.socket.pause();
      const content = Array.from({ length: 40 }, (_, i) => Buffer.alloc(1000000, i));
      for (const one of content) socket.write(frame(2, one));
      socket.write(NORMAL);
      setTimeout(() => socket.socket.resume(), 300);
      const got = await socket.rest();
      assert.equal(got.length, 41);
      for (const [i, one] of content.entries()) assert.ok(got[i].payload.equals(one), `message ${i}`);
    });
  });
});
