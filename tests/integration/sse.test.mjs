// GET /sse/auctions/{id}: a lot's room as server-sent events, for whoever has no WebSocket at hand, such as curl.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { metric } from './support/metrics.mjs';
import { Process, until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';
import { Stream } from './support/stream.mjs';

describe('a stream of events', () => {
  let stack, sale, aoi, ren;
  before(async () => {
    stack = await Stack.start({ nodes: 2 });
    sale = await stack.sale();
    aoi = await stack.bidder('aoi', sale.id);
    ren = await stack.bidder('ren', sale.id);
  });
  const streams = [];
  after(async () => {
    for (const stream of streams) stream.close();
    await stack.stop();
  });

  function stream(lot, { node = 0, ...options } = {}) {
    const made = new Stream(stack.nodes[node], `/sse/auctions/${lot}`, options);
    streams.push(made);
    return made;
  }
  async function opened(lot, options) {
    const made = stream(lot, options);
    assert.equal(await made.opened, 200);
    return made;
  }

  it('begins with the state, and goes on with what a watcher hears over WebSocket', async () => {
    const lot = await stack.lot(sale.id);
    const watcher = await stack.client(null, 1);
    const { auction } = await watcher.join(lot);
    const reader = await opened(lot, { node: 1 });
    assert.equal(reader.response.headers['cache-control'], 'no-store');
    const state = await reader.event('auction:state');
    assert.equal(reader.events[0].id, auction.seq);
    assert.ok(reader.retry > 0);
    assert.deepEqual({ ...state, serverMs: 0, remainingMs: 0 }, { ...auction, serverMs: 0, remainingMs: 0 });

    const bidder = await stack.client(aoi, 0);
    const { seq } = await bidder.bid(lot, 1000000);
    const update = await reader.event('auction:update', (data) => data.seq >= seq);
    assert.deepEqual(update, await watcher.event('auction:update', (data) => data.seq >= seq));
    await reader.event('auction:timer');
    assert.deepEqual(await reader.event('auction:presence', (data) => data.watchers === 2), { auctionId: lot, watchers: 2, bidders: 0 });
    await stack.command(lot, 'pause');
    await reader.event('auction:paused');
    await until('both to be at one place', () => reader.all('auction:update').length === watcher.all('auction:update', lot).length && reader.lastId > seq);
    assert.deepEqual(reader.all('auction:update').map(({ data }) => data), watcher.all('auction:update', lot));
    for (const { id, data } of reader.all('auction:update')) assert.equal(id, data.seq);
    assert.ok(reader.events.every(({ event, id }) => id === undefined || ['auction:state', 'auction:update'].includes(event)));
  });

  it('can be followed with curl', async () => {
    const lot = await stack.lot(sale.id);
    const curl = new Process('curl', 'curl', ['-sN', `http://127.0.0.1:${stack.nodes[0].port}/sse/auctions/${lot}`], { folder: stack.folder.path });
    await until('the state', () => curl.output.includes('event: auction:state\n'));
    const bidder = await stack.client(aoi, 1);
    await bidder.bid(lot, 1000000);
    await until('the bid', () => /^event: auction:update\nid: \d+\ndata: \{.*"amount":1000000.*\}\n\n/m.test(curl.output));
    curl.kill('SIGTERM');
    await curl.exited;
  });

  it('is resumed with Last-Event-ID: what was missed as the ledger has it, then the state, without a hole', async () => {
    const lot = await stack.lot(sale.id);
    const first = await opened(lot);
    await first.event('auction:state');
    const [left, right] = [await stack.client(aoi, 0), await stack.client(ren, 1)];
    let price = (await left.bid(lot, 1000000)).minNextBid;
    await until('the bid', () => first.all('auction:update').length > 0);
    const place = first.lastId;
    first.close();
    for (let i = 0; i < 6; i++) price = (await (i % 2 ? left : right).bid(lot, price)).minNextBid;
    const missed = (await stack.ledger(lot)).filter(({ seq }) => seq > place);
    for (const node of [0, 1]) {
      const again = await opened(lot, { node, headers: { 'last-event-id': `${place}` } });
      const state = await again.event('auction:state');
      const told = again.events.slice(0, again.events.findIndex(({ event }) => event === 'auction:state'));
      assert.ok(told.every(({ event, data, id }) => event === 'auction:event' && id === data.seq));
      assert.deepEqual(told.map(({ data }) => data), missed);
      assert.equal(state.seq, missed.at(-1).seq);
      price = (await (node ? left : right).bid(lot, price)).minNextBid;
      assert.equal((await again.event('auction:update')).prevSeq, state.seq);
      missed.splice(0, missed.length, ...(await stack.ledger(lot)).filter(({ seq }) => seq > place));
    }
  });

  it('gives the state alone to whoever missed nothing, or claims what cannot be', async () => {
    const lot = await stack.lot(sale.id);
    const { seq } = await (await opened(lot)).event('auction:state');
    for (const place of [seq, 1000000]) {
      const reader = await opened(lot, { headers: { 'last-event-id': `${place}` } });
      await reader.event('auction:state');
      assert.equal(reader.events[0].event, 'auction:state');
    }
    const bad = stream(lot, { headers: { 'last-event-id': 'yesterday' } });
    assert.equal(await bad.opened, 400);
    await bad.ended;
    assert.equal(JSON.parse(bad.text).code, 'INVALID_MESSAGE');
  });

  it('tells a bidder with a token about himself as well, and nobody else', async () => {
    const lot = await stack.lot(sale.id);
    const mine = await opened(lot, { token: aoi.token });
    const others = await opened(lot);
    assert.equal((await mine.event('auction:state')).you.paddle, aoi.paddle);
    assert.equal((await others.event('auction:state')).you, null);
    const [left, right] = [await stack.client(aoi, 0), await stack.client(ren, 1)];
    const { minNextBid } = await left.bid(lot, 1000000);
    const { seq } = await right.bid(lot, minNextBid);
    assert.equal((await mine.event('bid:outbid', (data) => data.auctionId === lot)).price, minNextBid);
    await others.event('auction:update', (data) => data.seq >= seq);
    assert.equal(others.all('bid:outbid').length, 0);
    await mine.event('auction:presence', (data) => data.watchers === 2 && data.bidders === 1);
  });

  it('is refused to whoever is not who he says', async () => {
    const lot = await stack.lot(sale.id);
    const mio = await stack.user('mio');
    const bad = stream(lot, { token: `${mio.token}x` });
    assert.equal(await bad.opened, 401);
    assert.match(bad.response.headers['www-authenticate'], /^Bearer/);
    const good = await opened(lot, { token: mio.token });
    await good.event('auction:state');
    (await mio.api.post('/api/auth/logout', { refreshToken: mio.refreshToken })).expect(204);
    await until('the stream to end', () => good.response.closed || good.response.destroyed);
    const ended = stream(lot, { token: mio.token });
    assert.equal(await ended.opened, 401);
    await ended.ended;
    assert.equal(JSON.parse(ended.text).code, 'UNAUTHENTICATED');
  });

  it('is 404 for a lot that does not exist, or not yet, and for what is no number', async () => {
    const draft = await stack.lot(sale.id, { until: 'draft' });
    for (const lot of [999999, draft, '0', '1x', '-1', '99999999999999999999', '1/2']) {
      const reader = stream(lot);
      assert.equal(await reader.opened, 404, `${lot}`);
      assert.equal(reader.response.headers['content-type'], 'application/problem+json');
      await reader.ended;
      assert.equal(JSON.parse(reader.text).code, 'AUCTION_NOT_FOUND');
    }
  });

  it('is refused to every method but GET', async () => {
    const lot = await stack.lot(sale.id);
    for (const method of ['HEAD', 'POST', 'DELETE', 'OPTIONS']) {
      const reader = stream(lot, { method });
      assert.equal(await reader.opened, 405, method);
      assert.equal(reader.response.headers.allow, 'GET');
    }
  });

  it('is kept alive by comments, and ends when its node drains', async () => {
    const node = await stack.startNode({ HEARTBEAT_INTERVAL_MS: '100', HEARTBEAT_TIMEOUT_MS: '300' });
    const lot = await stack.lot(sale.id, { until: 'schedule' });
    const reader = await opened(lot, { node: stack.nodes.indexOf(node) });
    await until('ten comments', () => reader.comments >= 10);
    assert.equal(await metric(node, 'seri_connections'), 1);
    stack.nodes = stack.nodes.filter((other) => other !== node);
    const stopped = node.stop();
    await reader.event('server:draining');
    await reader.ended;
    await stopped;
  });

  it('counts against the limit of connections of its address, and no longer when it has gone', async () => {
    const node = await stack.startNode({ LIMIT_CONNECTIONS_PER_ADDRESS: '2' });
    const index = stack.nodes.indexOf(node);
    const lot = await stack.lot(sale.id);
    const [one] = [await opened(lot, { node: index }), await opened(lot, { node: index })];
    const third = stream(lot, { node: index });
    assert.equal(await third.opened, 429);
    assert.ok(Number(third.response.headers['retry-after']) > 0);
    assert.equal(await metric(node, 'seri_connections_refused_total', { reason: 'address' }), 1);
    one.close();
    await until('room for one', async () => (await stream(lot, { node: index }).opened) === 200);
  });
});
