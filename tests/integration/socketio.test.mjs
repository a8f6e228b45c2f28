// The Socket.IO framing, with the client that its authors publish and, for the statements of the two protocol documents, with bare
// WebSocket messages.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { io } from 'socket.io-client';
import WebSocket from 'ws';
import { until } from './support/processes.mjs';
import { SocketioWitness, realtimeContract, witnessed } from './support/realtime_contract.mjs';
import { Stack } from './support/stack.mjs';

const PATH = '/socket.io/?EIO=4&transport=websocket';

describe('Socket.IO', () => {
  let stack, sale, lot, aoi;
  const sockets = [];
  before(async () => {
    stack = await Stack.start({ nodes: 2, env: { HEARTBEAT_INTERVAL_MS: '300', HEARTBEAT_TIMEOUT_MS: '1500', CONNECT_TIMEOUT_MS: '1000' } });
    sale = await stack.sale();
    aoi = await stack.bidder('aoi', sale.id);
    lot = await stack.lot(sale.id);
  });
  after(async () => {
    for (const socket of sockets) (socket.disconnect ?? socket.terminate).call(socket);
    await stack?.stop();
  });

  /** The official client, connected or refused; `events` has all it heard. */
  function client({ node = 0, path = '', ...options } = {}) {
    const socket = witnessed(io(`http://127.0.0.1:${stack.nodes[node].port}${path}`, { transports: ['websocket'], forceNew: true, reconnection: false, ...options }));
    sockets.push(socket);
    socket.events = [];
    socket.onAny((event, data) => socket.events.push({ event, data }));
    socket.event = (name, fits = () => true) => until(name, () => socket.events.find(({ event, data }) => event === name && fits(data))).then(({ data }) => data);
    socket.request = (event, data) => socket.timeout(10000).emitWithAck(event, data);
    socket.ended = new Promise((done) => socket.once('disconnect', (reason, details) => done({ reason, code: details?.context?.code, text: details?.context?.reason })));
    socket.settled = new Promise((done, fail) => {
      socket.once('connect', () => done(socket));
      socket.once('connect_error', fail);
    });
    socket.settled.catch(() => {});
    return socket;
  }
  const connected = (options) => client(options).settled;
  const as = (user) => ({ auth: { token: user.token } });
  const bid = (socket, amount, more = {}) => socket.request('auction:bid', { auctionId: lot, bidId: randomUUID(), amount, confirm: true, ...more });

  describe('with its own client', () => {
    it('has a visitor join and watch, and bids acknowledged', async () => {
      const visitor = await connected();
      const bidder = await connected(as(aoi));
      const joined = await visitor.request('auction:join', { auctionId: lot });
      assert.equal(joined.ok, true);
      assert.equal(joined.auction.you, null);
      assert.equal((await bidder.request('auction:join', { auctionId: lot })).auction.you.paddle, aoi.paddle);
      const { minNextBid } = joined.auction;
      const low = await bid(bidder, 1);
      assert.deepEqual([low.ok, low.error.code, low.error.minNextBid], [false, 'BID_TOO_LOW', minNextBid]);
      const answer = await bid(bidder, minNextBid);
      assert.equal(answer.ok, true);
      assert.equal(answer.leading, true);
      const update = await visitor.event('auction:update', ({ seq }) => seq >= answer.stateSeq);
      assert.deepEqual([update.price, update.leader], [minNextBid, aoi.paddle]);
      assert.equal((await visitor.event('auction:timer')).auctionId, lot);
      assert.deepEqual(await visitor.request('auction:leave', { auctionId: lot }), { ok: true });
    });

    it('sees what a plain client sees, on whatever node', async () => {
      const plain = await stack.client(null, 1);
      const here = await connected({ node: 0 });
      const there = await connected({ node: 1 });
      const first = await plain.join(lot);
      for (const socket of [here, there]) {
        const state = await socket.request('auction:join', { auctionId: lot });
        const still = ({ serverMs, remainingMs, ...rest }) => rest;
        assert.deepEqual(still(state.auction), still(first.auction));
      }
      const ren = await stack.bidder('ren', sale.id);
      const bidders = [await connected(as(ren)), await stack.client(aoi, 1)];
      let price = first.auction.minNextBid;
      for (let i = 0; i < 6; i++, price += 50000) {
        const answer = i % 2 ? await bidders[1].bid(lot, price) : await bid(bidders[0], price);
        assert.equal(answer.ok, true, JSON.stringify(answer));
      }
      const office = await stack.command(lot, 'message', { ja: 'まもなく', en: 'Soon' }).catch(() => null);
      const last = (await stack.auction(lot)).seq;
      const told = (events) => events.filter(({ event, data }) => data.auctionId === lot && event !== 'auction:timer' && data.seq > first.auction.seq);
      await until('everybody to have heard all', () => [plain, here, there].every(({ events }) => told(events).some(({ data }) => data.seq === last)));
      assert.deepEqual(told(there.events), told(plain.events));
      const places = told(here.events).filter(({ event }) => event === 'auction:update').map(({ data }) => [data.prevSeq, data.seq]);
      for (let i = 1; i < places.length; i++) assert.equal(places[i][0], places[i - 1][1], JSON.stringify({ places, office }));
    });

    it('resumes after a lost connection from the seq it knows', async () => {
      const socket = await connected({ reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 100 });
      const { auction } = await socket.request('auction:join', { auctionId: lot });
      socket.io.engine.transport.ws.terminate?.();
      await socket.ended;
      const bidder = await connected({ auth: { token: (await stack.bidder('mio', sale.id)).token } });
      assert.equal((await bid(bidder, auction.minNextBid)).ok, true);
      await until('the client to be back', () => socket.connected);
      const again = await socket.request('auction:join', { auctionId: lot, sinceSeq: auction.seq });
      assert.equal(again.ok, true);
      assert.deepEqual(again.events.map(({ seq }) => seq), Array.from({ length: again.auction.seq - auction.seq }, (_, i) => auction.seq + 1 + i));
    });

    it('takes the token from the header, too', async () => {
      const socket = await connected({ extraHeaders: { authorization: `Bearer ${aoi.token}` } });
      assert.equal((await socket.request('auction:join', { auctionId: lot })).auction.you.paddle, aoi.paddle);
    });

    const bad = [
      ['that has expired', () => ({ auth: { token: stack.forge({ sub: `${aoi.id}`, role: 'bidder', sid: Stack.claims(aoi.token).sid, exp: 1700000000 }) } }), 'UNAUTHENTICATED'],
      ['that is forged', () => ({ auth: { token: stack.forge({ sub: `${aoi.id}`, role: 'bidder', sid: 1 }, { secret: 'another-secret-that-is-long-enough!' }) } }), 'UNAUTHENTICATED'],
      ['of a session that there is not', () => ({ auth: { token: stack.forge({ sub: `${aoi.id}`, role: 'bidder', sid: 999999 }) } }), 'UNAUTHENTICATED'],
      ['that is empty', () => ({ auth: { token: '' } }), 'UNAUTHENTICATED'],
      ['in the header that is bad', () => ({ extraHeaders: { authorization: 'Bearer nonsense' } }), 'UNAUTHENTICATED'],
      ['that is no text', () => ({ auth: { token: 5 } }), 'INVALID_MESSAGE'],
    ];
    for (const [what, options, code] of bad) {
      it(`is told by connect_error of a token ${what}`, async () => {
        const error = await connected({ ...options(), query: {} }).then(() => assert.fail('it was let in'), (reason) => reason);
        assert.equal(error.data?.code, code, error.message);
        assert.ok(error.message.length > 0);
      });
    }

    it('speaks the language that is asked for', async () => {
      const error = await connected({ auth: { token: 'x' }, extraHeaders: { 'accept-language': 'en' } }).catch((reason) => reason);
      assert.match(error.message, /^[ -~]+$/);
    });

    it('knows one namespace', async () => {
      const error = await connected({ path: '/admin' }).catch((reason) => reason);
      assert.equal(error.message, 'Invalid namespace');
    });

    it('refuses polling in the words of Engine.IO', async () => {
      const error = await connected({ transports: ['polling'] }).catch((reason) => reason);
      assert.equal(error.description, 400);
      for (const [query, status, body] of [
        ['EIO=4&transport=polling', 400, { code: 0, message: 'Transport unknown' }],
        ['EIO=3&transport=websocket', 400, { code: 5, message: 'Unsupported protocol version' }],
        ['EIO=4&transport=websocket&sid=abc', 400, { code: 1, message: 'Session ID unknown' }],
      ]) {
        const answer = await fetch(`http://127.0.0.1:${stack.nodes[0].port}/socket.io/?${query}`);
        assert.equal(answer.status, status);
        assert.deepEqual(await answer.json(), body);
      }
      const plain = await fetch(`http://127.0.0.1:${stack.nodes[0].port}${PATH}`);
      assert.equal(plain.status, 426);
    });

    it('stays by the heartbeat, for many of them', async () => {
      const socket = await connected();
      let pings = 0;
      socket.io.on('ping', () => pings++);
      await until('eight pings', () => pings >= 8);
      assert.equal(socket.connected, true);
      assert.equal((await socket.request('time:sync', { clientMs: 5 })).clientMs, 5);
    });

    it('is told that an event is unknown or its data wrong, and served on', async () => {
      const socket = await connected();
      assert.equal((await socket.request('auction:steal', {})).error.code, 'UNKNOWN_EVENT');
      const wrong = await socket.request('auction:join', { auctionId: 'x' });
      assert.deepEqual([wrong.error.code, wrong.error.field], ['INVALID_MESSAGE', 'auctionId']);
      for (const args of [[], [5], [{ auctionId: lot }, 1]]) {
        assert.equal((await socket.timeout(5000).emitWithAck('auction:join', ...args)).error.code, 'INVALID_MESSAGE');
      }
      assert.equal((await socket.request('auction:bid', { auctionId: lot, bidId: randomUUID(), amount: 1 })).error.code, 'UNAUTHENTICATED');
      assert.equal((await socket.request('auction:join', { auctionId: lot })).ok, true);
    });

    it('is disconnected for binary data, and does not come back by itself', async () => {
      const socket = await connected({ reconnection: true, reconnectionDelay: 10 });
      socket.emit('auction:join', Buffer.from([1, 2, 3]));
      assert.equal((await socket.ended).reason, 'io server disconnect');
      assert.equal(socket.active, false);
    });

    it('is warned before its token ends, refreshes it, and is disconnected when it does not', async () => {
      const { sid } = Stack.claims(aoi.token);
      const soon = (seconds) => stack.forge({ sub: `${aoi.id}`, role: 'bidder', sid, exp: Math.floor(Date.now() / 1000) + seconds });
      const socket = await connected({ auth: { token: soon(3) } });
      const idle = await connected({ auth: { token: soon(2) }, reconnection: true });
      assert.ok((await socket.event('auth:expiring')).expiresAtMs > Date.now());
      const renewed = await socket.request('auth:refresh', { token: aoi.token });
      assert.equal(renewed.expiresAtMs, Stack.claims(aoi.token).exp * 1000);
      assert.equal((await idle.ended).reason, 'io server disconnect');
      assert.equal(socket.connected, true);
    });

    it('is led elsewhere when its node drains', async () => {
      const node = await stack.startNode({ DRAIN_MS: '0' });
      const socket = await connected({ node: stack.nodes.length - 1 });
      node.kill('SIGTERM');
      await socket.event('server:draining');
      const { reason, code } = await socket.ended;
      assert.deepEqual([reason, code], ['transport close', 1001], 'by a reason after which the client reconnects');
      assert.equal((await node.exited).code, 0);
      stack.nodes.pop();
    });
  });

  describe('by the letter', () => {
    /** A bare WebSocket: `next()` gives its messages in order, heartbeats left out and answered unless told otherwise. */
    async function open({ node = 0, pong = true, path = PATH } = {}) {
      const socket = new WebSocket(`ws://127.0.0.1:${stack.nodes[node].port}${path}`, { perMessageDeflate: false });
      sockets.push(socket);
      const messages = [];
      const witness = new SocketioWitness(realtimeContract);
      const send = socket.send.bind(socket);
      socket.send = (text, ...more) => {
        witness.sent(text);
        send(text, ...more);
      };
      let read = 0;
      socket.pings = 0;
      socket.on('message', (data, binary) => {
        witness.received(data);
        if (!binary && `${data}` === '2') {
          socket.pings++;
          if (pong) socket.send('3');
        } else messages.push(`${data}`);
      });
      socket.next = () => until('a message', () => read < messages.length).then(() => messages[read++]);
      socket.messages = messages;
      socket.ended = new Promise((done) => socket.on('close', (code, reason) => done({ code, reason: `${reason}` })));
      await new Promise((done, fail) => socket.once('open', done).once('error', fail));
      return socket;
    }
    async function opened(options) {
      const socket = await open(options);
      assert.match(await socket.next(), /^0\{/);
      return socket;
    }
    async function introduced(options) {
      const socket = await opened(options);
      socket.send('40');
      assert.match(await socket.next(), /^40\{"sid":"[\w-]+"\}$/);
      return socket;
    }

    it('opens with the handshake', async () => {
      const socket = await open();
      const text = await socket.next();
      const { sid, ...rest } = JSON.parse(text.slice(1));
      assert.equal(text[0], '0');
      assert.equal(typeof sid, 'string');
      assert.deepEqual(rest, { upgrades: [], pingInterval: 300, pingTimeout: 1200, maxPayload: 16384 });
    });

    it('gives each connection and each namespace another sid', async () => {
      const [a, b] = [await open(), await open()];
      const sids = [await a.next(), await b.next()].map((text) => JSON.parse(text.slice(1)).sid);
      a.send('40');
      sids.push(JSON.parse((await a.next()).slice(2)).sid);
      assert.equal(new Set(sids).size, 3);
    });

    it('closes who does not say CONNECT in time', async () => {
      const socket = await opened();
      assert.equal((await socket.ended).code, 4408);
      assert.deepEqual(socket.messages.length, 1, 'no events before CONNECT');
    });

    it('closes who does not answer pings', async () => {
      const silent = await introduced({ pong: false });
      assert.equal((await silent.ended).code, 4408);
      assert.ok(silent.pings >= 1);
    });

    it('lets one introduce oneself again after a refusal, and as a visitor', async () => {
      const socket = await opened();
      socket.send('40{"token":"nonsense"}');
      assert.match(await socket.next(), /^44\{"message":".+","data":\{"code":"UNAUTHENTICATED"\}\}$/);
      socket.send('40/random,');
      assert.equal(await socket.next(), '44/random,{"message":"Invalid namespace"}');
      socket.send(`40{"token":"${stack.forge({ sub: `${aoi.id}`, role: 'bidder', sid: 999999 })}"}`);
      assert.match(await socket.next(), /^44\{/);
      socket.send('40{"token":null,"more":[1]}');
      assert.match(await socket.next(), /^40\{"sid"/);
      socket.send('421["time:sync",{"clientMs":1}]');
      assert.match(await socket.next(), /^431\[\{"ok":true,"clientMs":1,"serverMs":\d+\}\]$/);
    });

    it('answers to whoever the second introduction says, not the first', async () => {
      const socket = await opened();
      socket.send(`40{"token":"${stack.forge({ sub: `${aoi.id}`, role: 'bidder', sid: 999999 })}"}`);
      assert.match(await socket.next(), /^44\{/);
      socket.send(`40{"token":"${aoi.token}"}`);
      assert.match(await socket.next(), /^40\{/);
      socket.send(`420["auction:join",{"auctionId":${lot}}]`);
      const answer = await socket.next();
      assert.equal(JSON.parse(answer.slice(3))[0].auction.you.paddle, aoi.paddle);
    });

    it('keeps what is sent right behind CONNECT until access has been checked', async () => {
      const socket = await opened();
      socket.send(`40{"token":"${aoi.token}"}`);
      socket.send('425["time:sync",{"clientMs":2}]');
      assert.match(await socket.next(), /^40\{/);
      assert.match(await socket.next(), /^435\[\{"ok":true,"clientMs":2/);
    });

    it('closes by close and by DISCONNECT', async () => {
      for (const text of ['1', '41']) {
        const socket = await introduced();
        socket.send(text);
        assert.equal((await socket.ended).code, 1000, text);
      }
    });

    it('ignores noop and acknowledgements it did not ask for', async () => {
      const socket = await introduced();
      for (const text of ['6', '3', '431[]', '431["x",{"y":1}]']) socket.send(text);
      socket.send('427["time:sync",{"clientMs":3}]');
      assert.match(await socket.next(), /^437\[/);
    });

    const firsts = ['42["time:sync",{"clientMs":1}]', '41', '431[]', '42', '4', '4abc', '44{}', '40[]', '40/x', '2', '2probe', '5', '0', 'abc', ''];
    for (const text of firsts.filter((one) => one !== '40/x')) {
      it(`closes when what comes first is ${JSON.stringify(text)}`, async () => {
        const socket = await opened();
        socket.send(text);
        const { code, reason } = await socket.ended;
        assert.equal(code, 4400);
        assert.ok(reason.length > 0);
        assert.equal(socket.messages.length, 1);
      });
    }

    const later = [
      '40', '4abc', '42{}', '42[]', '42', '42[null]', '42["connect"]', '42["disconnect",{}]', '42abc["time:sync",{}]', '42/custom,["time:sync",{}]', '41/custom,', '43[]',
      '44{"message":"x"}', '451-["time:sync",{"_placeholder":true,"num":0}]', '461-1[{"_placeholder":true,"num":0}]', '42["auction:steal",{}]', '42["time:sync",5]', '2', '5', '7', 'x',
      '42["time:sync",{"clientMs":1,"clientMs":1}]',
    ];
    for (const text of later) {
      it(`closes for ${text} from one who is connected`, async () => {
        const socket = await introduced();
        socket.send(text);
        assert.equal((await socket.ended).code, 4400);
        assert.equal(socket.messages.at(-1), '41', 'and is told not to come back');
      });
    }

    it('closes for a binary message', async () => {
      const socket = await introduced();
      socket.send(Buffer.from('42["time:sync",{"clientMs":1}]'));
      assert.equal((await socket.ended).code, 4400);
    });

    it('closes with 1009 over maxPayload, and not at it', async () => {
      const socket = await introduced();
      const padded = (size) => {
        const start = '429["auction:join",{"padding":"';
        return `${start}${'x'.repeat(size - start.length - 3)}"}]`;
      };
      assert.equal(padded(16384).length, 16384);
      socket.send(padded(16384));
      assert.match(await socket.next(), /^439\[\{"ok":false,"error":\{"code":"INVALID_MESSAGE"/);
      socket.send(padded(16385));
      assert.equal((await socket.ended).code, 1009);
    });

    it('closes after ten messages that were not understood', async () => {
      const socket = await introduced();
      for (let i = 0; i < 10; i++) socket.send(`42${i}["auction:join",{"auctionId":-1}]`);
      assert.equal((await socket.ended).code, 4400);
      assert.equal(socket.messages.filter((text) => text.startsWith('43')).length, 10);
    });

    it('accepts fragments', async () => {
      const socket = await introduced();
      socket.send('428["time:', { fin: false });
      socket.send('sync",{"clientMs":4}]', { fin: true });
      assert.match(await socket.next(), /^438\[\{"ok":true,"clientMs":4/);
    });

    it('answers an upgrade to another path with 404', async () => {
      const status = await new Promise((done, fail) => {
        get({ port: stack.nodes[0].port, path: '/socket.io?EIO=4&transport=websocket', headers: { upgrade: 'websocket', connection: 'upgrade' } }, (response) => done(response.resume().statusCode)).on('error', fail);
      });
      assert.equal(status, 404);
    });
  });
});
