// The statements of the two protocol documents that concern the WebSocket transport, against the conformance server: Engine.IO 4 at
// /engine.io/, Socket.IO 5 at /socket.io/; and with the official client.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { io } from 'socket.io-client';
import WebSocket from 'ws';
import { until } from '../integration/support/processes.mjs';
import { Conformance } from './support.mjs';

const INTERVAL = 300;
const TIMEOUT = 200;
const MAX_PAYLOAD = 1000000;
const CONNECT = 1000;

describe('the conformance server', () => {
  let server;
  const sockets = [];
  before(async () => (server = await Conformance.start({ 'ping-interval-ms': INTERVAL, 'ping-timeout-ms': TIMEOUT, 'max-payload': MAX_PAYLOAD, 'connect-timeout-ms': CONNECT })));
  after(async () => {
    for (const socket of sockets) (socket.terminate ?? socket.disconnect).call(socket);
    await server?.stop();
  });

  /** A WebSocket whose messages, pings of Engine.IO aside, `next()` gives in their order. */
  async function open(path, { pong = true } = {}) {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { perMessageDeflate: false });
    sockets.push(socket);
    const messages = [];
    let read = 0;
    socket.pings = 0;
    socket.on('message', (data, binary) => {
      if (!binary && `${data}` === '2') {
        socket.pings++;
        if (pong) socket.send('3');
      } else messages.push(binary ? data : `${data}`);
    });
    socket.messages = messages;
    socket.next = () => until('a message', () => read < messages.length, 10).then(() => messages[read++]);
    socket.ended = new Promise((done) => socket.on('close', (code, reason) => done({ code, reason: `${reason}` })));
    await new Promise((done, fail) => socket.once('open', done).once('error', fail));
    return socket;
  }
  const refused = async (socket, code = 4400) => {
    const end = await socket.ended;
    assert.equal(end.code, code, JSON.stringify(end));
    assert.ok(end.reason.length > 0);
  };

  for (const base of ['/engine.io/', '/socket.io/']) {
    describe(`Engine.IO at ${base}`, () => {
      const path = `${base}?EIO=4&transport=websocket`;
      const opened = async (options) => {
        const socket = await open(path, options);
        socket.handshake = await socket.next();
        return socket;
      };

      it('opens with the handshake', async () => {
        const { handshake } = await opened();
        assert.equal(handshake[0], '0');
        const { sid, ...rest } = JSON.parse(handshake.slice(1));
        assert.equal(typeof sid, 'string');
        assert.deepEqual(rest, { upgrades: [], pingInterval: INTERVAL, pingTimeout: TIMEOUT, maxPayload: MAX_PAYLOAD });
      });

      for (const [query, body] of [
        ['transport=websocket', { code: 5, message: 'Unsupported protocol version' }],
        ['EIO=abc&transport=websocket', { code: 5, message: 'Unsupported protocol version' }],
        ['EIO=3&transport=websocket', { code: 5, message: 'Unsupported protocol version' }],
        ['EIO=4', { code: 0, message: 'Transport unknown' }],
        ['EIO=4&transport=abc', { code: 0, message: 'Transport unknown' }],
        ['EIO=4&transport=polling', { code: 0, message: 'Transport unknown' }],
        ['EIO=4&transport=websocket&sid=abc', { code: 1, message: 'Session ID unknown' }],
      ]) {
        it(`refuses ?${query}`, async () => {
          const answer = await fetch(`http://127.0.0.1:${server.port}${base}?${query}`);
          assert.equal(answer.status, 400);
          assert.deepEqual(await answer.json(), body);
          const socket = new WebSocket(`ws://127.0.0.1:${server.port}${base}?${query}`);
          const status = await new Promise((done) => socket.on('unexpected-response', (_, response) => done(response.resume().statusCode)).on('error', () => {}));
          assert.equal(status, 400);
        });
      }

      it('pings, and keeps who answers', async () => {
        const socket = await opened();
        if (base === '/socket.io/') socket.send('40');
        await until('five pings', () => socket.pings >= 5);
        assert.equal(socket.readyState, WebSocket.OPEN);
      });
      it('closes who does not answer within the time', async () => {
        const start = Date.now();
        const socket = await opened({ pong: false });
        await refused(socket, 4408);
        assert.ok(socket.pings >= 1);
        assert.ok(Date.now() - start >= INTERVAL + TIMEOUT - 50);
      });
      it('closes by the close packet', async () => {
        const socket = await opened();
        socket.send('1');
        assert.equal((await socket.ended).code, 1000);
      });
      it('ignores noop', async () => {
        const socket = await opened();
        socket.send('6');
        socket.send('1');
        assert.equal((await socket.ended).code, 1000);
      });
      for (const text of ['', 'abc', '7', '0', '0{}', '2', '2probe', '5', '3probe', '1x', '6x', 'b4AQID']) {
        it(`refuses ${JSON.stringify(text)}`, async () => {
          const socket = await opened();
          socket.send(text);
          await refused(socket);
        });
      }
      it('refuses more than maxPayload', async () => {
        const socket = await opened();
        socket.send(`4${'x'.repeat(MAX_PAYLOAD)}`);
        await refused(socket, 1009);
      });
    });
  }

  describe('the echo of Engine.IO', () => {
    const opened = async () => {
      const socket = await open('/engine.io/?EIO=4&transport=websocket');
      await socket.next();
      return socket;
    };
    for (const text of ['4hello', '4', '4€ セリ 🐎', '4\x1e4two', `4${'x'.repeat(MAX_PAYLOAD - 1)}`]) {
      it(`echoes ${JSON.stringify(text.slice(0, 20))} of ${text.length} characters`, async () => {
        const socket = await opened();
        socket.send(text);
        assert.equal(await socket.next(), text);
      });
    }
    it('echoes binary as it is, without a type', async () => {
      const socket = await opened();
      socket.send(Buffer.from([1, 2, 3, 4]));
      socket.send(Buffer.alloc(0));
      assert.deepEqual(await socket.next(), Buffer.from([1, 2, 3, 4]));
      assert.deepEqual(await socket.next(), Buffer.alloc(0));
    });
  });

  describe('Socket.IO', () => {
    const opened = async () => {
      const socket = await open('/socket.io/?EIO=4&transport=websocket');
      await socket.next();
      return socket;
    };
    async function connected(text = '40') {
      const socket = await opened();
      socket.send(text);
      await socket.next();
      await socket.next();
      return socket;
    }

    for (const [sent, prefix, auth] of [
      ['40', '40', '42["auth",{}]'],
      ['40{"token":"123"}', '40', '42["auth",{"token":"123"}]'],
      ['40/custom,', '40/custom,', '42/custom,["auth",{}]'],
      ['40/custom', '40/custom,', '42/custom,["auth",{}]'],
      ['40/custom,{"token":"abc"}', '40/custom,', '42/custom,["auth",{"token":"abc"}]'],
    ]) {
      it(`connects by ${sent}`, async () => {
        const socket = await opened();
        socket.send(sent);
        const answer = await socket.next();
        assert.ok(answer.startsWith(`${prefix}{`), answer);
        const { sid, ...rest } = JSON.parse(answer.slice(prefix.length));
        assert.equal(typeof sid, 'string');
        assert.deepEqual(rest, {});
        assert.equal(await socket.next(), auth);
      });
    }
    it('refuses an unknown namespace, and lets go on', async () => {
      const socket = await opened();
      socket.send('40/random');
      assert.equal(await socket.next(), '44/random,{"message":"Invalid namespace"}');
      socket.send('40/custom,');
      assert.match(await socket.next(), /^40\/custom,\{"sid"/);
    });
    it('closes who does not connect in time', async () => refused(await opened(), 4408));
    it('keeps who has connected longer than that', async () => {
      const socket = await connected();
      await new Promise((done) => setTimeout(done, CONNECT + 200));
      socket.send('42["message",1]');
      assert.equal(await socket.next(), '42["message-back",1]');
    });
    for (const text of ['4abc', '42["message"]', '41', '430[]', '451-["message",{"_placeholder":true,"num":0}]', '4', '40[]', '40"x"', '44{}']) {
      it(`closes when what comes first is ${text}`, async () => {
        const socket = await opened();
        socket.send(text);
        await refused(socket);
      });
    }

    it('stays open after a disconnection from the main namespace, which may be connected to again', async () => {
      const socket = await connected();
      socket.send('41');
      const { pings } = socket;
      await until('a ping', () => socket.pings > pings);
      socket.send('40');
      assert.match(await socket.next(), /^40\{/);
    });
    it('disconnects from one namespace and not from the other', async () => {
      const socket = await connected();
      socket.send('40/custom');
      await socket.next();
      await socket.next();
      socket.send('41/custom');
      socket.send('42["message","message to main namespace"]');
      assert.equal(await socket.next(), '42["message-back","message to main namespace"]');
      socket.send('42/custom,["message"]');
      await refused(socket);
    });

    for (const [sent, answer] of [
      ['42["message",1,"2",{"3":[true]}]', '42["message-back",1,"2",{"3":[true]}]'],
      ['42["message"]', '42["message-back"]'],
      ['42["message",1.5,-0.25e-3,"\\u00e9\\n",null,[]]', '42["message-back",1.5,-0.25e-3,"\\u00e9\\n",null,[]]'],
      ['42456["message-with-ack",1,"2",{"3":[false]}]', '43456[1,"2",{"3":[false]}]'],
      ['420["message-with-ack"]', '430[]'],
      ['429007199254740991["message-with-ack","セリ"]', '439007199254740991["セリ"]'],
    ]) {
      it(`answers ${sent}`, async () => {
        const socket = await connected();
        socket.send(sent);
        assert.equal(await socket.next(), answer);
      });
    }
    it('answers in the namespace that was spoken in', async () => {
      const socket = await connected('40/custom,');
      socket.send('42/custom,["message",1]');
      socket.send('42/custom,7["message-with-ack",2]');
      assert.equal(await socket.next(), '42/custom,["message-back",1]');
      assert.equal(await socket.next(), '43/custom,7[2]');
    });
    for (const [sent, answer] of [
      ['452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', '452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'],
      ['452-789["message-with-ack",{"_placeholder":true,"num":0},{"a":{"_placeholder":true,"num":1}}]', '462-789[{"_placeholder":true,"num":0},{"a":{"_placeholder":true,"num":1}}]'],
    ]) {
      it(`answers ${sent} with its attachments`, async () => {
        const socket = await connected();
        socket.send(sent);
        socket.send(Buffer.from([1, 2, 3]));
        socket.send(Buffer.from([]));
        assert.equal(await socket.next(), answer);
        assert.deepEqual(await socket.next(), Buffer.from([1, 2, 3]));
        assert.deepEqual(await socket.next(), Buffer.alloc(0));
      });
    }
    it('ignores an event that nobody listens for, and an acknowledgement that nobody wants', async () => {
      const socket = await connected();
      for (const text of ['42["other",1]', '42["message-with-ack",1]', '439["x"]']) socket.send(text);
      socket.send('42["message",2]');
      assert.equal(await socket.next(), '42["message-back",2]');
    });

    for (const text of [
      '40', '42', '42[]', '42{}', '42null', '42"message"', '42[null]', '42[{}]', '42["message"', '42["connect"]', '42["disconnect"]', '42["connect_error"]', '42["newListener"]',
      '42abc["message-with-ack",1]', '4201["message"]', '4299999999999999999["message"]', '42/other,["message"]', '41/custom', '43[]', '431{}', '47', '4abc', '4', '44{}',
      '45["message"]', '450-["message"]', '451-["message"]', '4511-["message"]', '451-["message",{"_placeholder":true,"num":1}]', '452-["message",{"_placeholder":true,"num":0}]',
      '451-["message",{"_placeholder":true,"num":"splice"}]', '461-["message",{"_placeholder":true,"num":0}]',
    ]) {
      it(`refuses ${text}`, async () => {
        const socket = await connected();
        socket.send(text);
        await refused(socket);
      });
    }
    it('refuses a text where an attachment is awaited, and an attachment where none is', async () => {
      const waiting = await connected();
      waiting.send('451-["message",{"_placeholder":true,"num":0}]');
      waiting.send('42["message"]');
      await refused(waiting);
      const other = await connected();
      other.send(Buffer.from([1]));
      await refused(other);
    });
  });

  describe('with the official client', () => {
    async function client(space = '/', auth = undefined) {
      const socket = io(`http://127.0.0.1:${server.port}${space}`, { transports: ['websocket'], forceNew: true, reconnection: false, auth });
      sockets.push(socket);
      const first = new Promise((done) => socket.once('auth', done));
      await new Promise((done, fail) => socket.once('connect', done).once('connect_error', fail));
      assert.deepEqual(await first, auth ?? {});
      return socket;
    }
    for (const space of ['/', '/custom']) {
      it(`echoes in ${space}, binary included`, async () => {
        const socket = await client(space, { token: 'abc' });
        const args = [1, 'セリ', { deep: [Buffer.from([1, 2]), { more: Buffer.alloc(100000, 7) }] }, Buffer.alloc(0)];
        const back = new Promise((done) => socket.once('message-back', (...got) => done(got)));
        socket.emit('message', ...args);
        assert.deepEqual(await back, args);
        const acknowledged = await new Promise((done) => socket.emit('message-with-ack', ...args, (...got) => done(got)));
        assert.deepEqual(acknowledged, args);
        socket.disconnect();
      });
    }
    it('is refused an unknown namespace', async () => {
      await assert.rejects(client('/random'), { message: 'Invalid namespace' });
    });
    it('answers many at once, each its own', async () => {
      const socket = await client();
      const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => socket.timeout(10000).emitWithAck('message-with-ack', i)));
      assert.deepEqual(answers, Array.from({ length: 500 }, (_, i) => i));
    });
  });

  it('says what is wrong with its flags, and shows help', async () => {
    for (const flags of [{ port: 'x' }, { port: 70000 }, { nonsense: 1 }, { 'max-payload': 0 }]) await assert.rejects(Conformance.start(flags), /seri-conformance: /);
    await assert.rejects(Conformance.start({ port: server.port }), /cannot listen/);
  });
});
