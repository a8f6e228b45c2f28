// How many, how much, how long: every bound of a realtime node, what one who passes it is told, and that it is counted.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Client } from './support/client.mjs';
import { metric } from './support/metrics.mjs';
import { until } from './support/processes.mjs';
import { Pump } from './support/pump.mjs';
import { Stack } from './support/stack.mjs';

const from = (address) => ({ headers: { 'x-forwarded-for': address } });

describe('limits of a realtime node', () => {
  let stack, sale, lot, aoi;
  before(async () => {
    stack = await Stack.start({
      nodes: 1,
      env: { LIMIT_CONNECTIONS_PER_ADDRESS: '2', LIMIT_MESSAGE_BYTES: '1024', LIMIT_MESSAGES_PER_SECOND: '20', LIMIT_ROOMS_PER_CONNECTION: '2', HANDSHAKE_TIMEOUT_MS: '300' },
    });
    sale = await stack.sale();
    aoi = await stack.bidder('aoi', sale.id);
    lot = await stack.lot(sale.id);
  });
  after(() => stack.stop());

  const refused = (reason, node = stack.nodes[0]) => metric(node, 'seri_connections_refused_total', { reason });
  const closed = (reason, node = stack.nodes[0]) => metric(node, 'seri_connections_closed_total', { reason });
  /** A client that must not get in: the status it is refused with. */
  async function turnedAway(node, options = {}) {
    const client = new Client(node.url, options);
    return client.opened.then(() => 101, (error) => error.status);
  }

  it('let so many connections in for an address, as the proxies before it have it', async () => {
    const [node] = stack.nodes;
    const two = [await stack.client(null, 0, from('192.0.2.1')), await stack.client(null, 0, from('10.0.0.1, 192.0.2.1'))];
    assert.equal(await turnedAway(node, from('192.0.2.1')), 429);
    assert.equal(await turnedAway(node, from('192.0.2.2, 192.0.2.1')), 429, 'what a client claims himself');
    assert.equal(await refused('address'), 2);
    (await stack.client(null, 0, from('192.0.2.2'))).terminate();
    two[0].terminate();
    await until('room for one', async () => (await turnedAway(node, from('192.0.2.1'))) === 101);
  });

  it('take a household of IPv6 for one address', async () => {
    for (const host of [1, 2]) await stack.client(null, 0, from(`2001:db8:1:2::${host}`));
    assert.equal(await turnedAway(stack.nodes[0], from('2001:db8:1:2:ffff::3')), 429);
    (await stack.client(null, 0, from('2001:db8:1:3::1'))).terminate();
  });

  it('believe no X-Forwarded-For but of a proxy of ours', async () => {
    const node = await stack.startNode({ TRUSTED_PROXIES: '192.0.2.77' });
    for (const host of [1, 2]) await stack.client(null, stack.nodes.indexOf(node), from(`198.51.100.${host}`));
    assert.equal(await turnedAway(node, from('198.51.100.3')), 429);
  });

  it('end a connection that asks for nothing in time, at whatever speed', async () => {
    const before = await refused('timeout');
    const ends = ['', 'GET /ws HTTP/1.1\r\nHost: a\r\n', 'G'].map((bytes, index) => new Promise((done) => {
      const socket = connect(stack.nodes[0].port, '127.0.0.1', () => socket.write(bytes));
      const drip = index === 2 && setInterval(() => socket.write('E'), 20);
      socket.on('error', () => {});
      socket.on('close', () => done(clearInterval(drip)));
    }));
    await Promise.all(ends);
    assert.equal(await refused('timeout'), before + 3);
  });

  it('close for a message that is too large, with 1009', async () => {
    const client = await stack.client(null, 0, from('192.0.2.10'));
    const data = { clientMs: 1, padding: 'x'.repeat(900) };
    assert.equal((await client.request('time:sync', data)).error.code, 'INVALID_MESSAGE');
    client.raw(JSON.stringify({ event: 'time:sync', data: { ...data, more: 'x'.repeat(200) } }));
    assert.equal((await client.closed).code, 1009);
    assert.equal(await closed('too_big'), 1);
  });

  it('close for too many messages a second, with 4429', async () => {
    const client = await stack.client(null, 0, from('192.0.2.11'));
    for (let i = 0; i < 200; i++) client.raw(`{"event":"time:sync","id":${i},"data":{"clientMs":1}}`);
    assert.equal((await client.closed).code, 4429);
    assert.equal(await closed('too_many'), 1);
  });

  it('let a connection into so many rooms', async () => {
    const client = await stack.client(null, 0, from('192.0.2.12'));
    const others = [await stack.lot(sale.id), await stack.lot(sale.id)];
    assert.equal((await client.join(lot)).ok, true);
    assert.equal((await client.join(others[0])).ok, true);
    assert.equal((await client.join(others[1])).error.code, 'TOO_MANY_ROOMS');
    assert.equal((await client.join(lot)).ok, true, 'where it is already');
    assert.equal(await metric(stack.nodes[0], 'seri_rooms_refused_total'), 1);
    await client.request('auction:leave', { auctionId: lot });
    assert.equal((await client.join(others[1])).ok, true);
  });

  it('keep a place for whoever has logged in: the newest visitor goes with 1013', async () => {
    const node = await stack.startNode({ LIMIT_CONNECTIONS: '3', LIMIT_CONNECTIONS_PER_ADDRESS: '0' });
    const index = stack.nodes.indexOf(node);
    const visitors = [];
    for (let i = 0; i < 3; i++) visitors.push(await stack.client(null, index));
    assert.equal(await turnedAway(node), 503);
    assert.equal(await refused('total', node), 1);
    const bidder = await stack.client(aoi, index);
    assert.deepEqual((await visitors[2].closed).code, 1013);
    assert.equal(await closed('overloaded', node), 1);
    assert.equal((await bidder.join(lot)).ok, true);
    for (const visitor of visitors.slice(0, 2)) assert.equal((await visitor.join(lot)).ok, true);
    for (const visitor of visitors.slice(0, 2)) visitor.terminate();
    const users = [bidder];
    await until('only users', async () => (await metric(node, 'seri_connections')) === 1);
    while (users.length < 3) users.push(await stack.client(aoi, index));
    assert.equal(await turnedAway(node, { token: aoi.token }), 503, 'where nobody is left to go');
  });

  it('send visitors away with 1013 before memory runs out, and keep whoever bids', async () => {
    const [idle] = stack.nodes;
    const limit = (await metric(idle, 'seri_memory_bytes')) + 4 * 1024 * 1024;
    assert.ok(limit > 5 * 1024 * 1024);
    const node = await stack.startNode({ LIMIT_MEMORY_BYTES: `${limit}`, LIMIT_CONNECTIONS_PER_ADDRESS: '0' });
    const index = stack.nodes.indexOf(node);
    const bidder = await stack.client(aoi, index);
    assert.equal((await bidder.join(lot)).ok, true);
    const visitors = [];
    const refusal = await until('the limit', async () => {
      const batch = Array.from({ length: 100 }, () => new Client(node.url));
      visitors.push(...batch);
      const results = await Promise.allSettled(batch.map(({ opened }) => opened));
      return results.find(({ status }) => status === 'rejected')?.reason;
    }, 30);
    assert.equal(refusal.status, 503);
    const codes = await until('a visitor to go', () => visitors.filter(({ close }) => close).map(({ close }) => close.code)
      .filter((code) => code !== 1006).length && visitors.flatMap(({ close }) => (close ? [close.code] : [])));
    assert.ok(codes.includes(1013), JSON.stringify(codes));
    assert.ok((await refused('memory', node)) > 0);
    assert.ok((await closed('overloaded', node)) > 0);
    assert.equal((await bidder.bid(await stack.lot(sale.id), 1000000)).ok, true);
    for (const visitor of visitors) visitor.terminate();
  });

  it('close the slow when too much waits for them together, and nobody else', async () => {
    const env = { LIMIT_BUFFERED_BYTES: '65536', LIMIT_MESSAGES_PER_SECOND: '100000', LIMIT_CONNECTIONS_PER_ADDRESS: '0' };
    const node = await stack.startNode(env);
    const index = stack.nodes.indexOf(node);
    const watched = await stack.lot(sale.id);
    const watcher = await stack.client(null, index);
    let { seq } = (await watcher.join(watched)).auction;
    const pump = await Pump.start(stack, watched, [aoi, await stack.bidder('ren', sale.id)], index);
    await pump.bid(150);
    const slow = await stack.client(null, index);
    slow.socket.pause(); // and asks on for all that has happened, which nobody reads
    await until('the slow one to be closed', async () => {
      slow.raw(JSON.stringify({ event: 'auction:join', id: 1, data: { auctionId: watched, sinceSeq: 0 } }));
      await new Promise((done) => setTimeout(done, 1200)); // the node looks once a second
      return (await closed('overloaded', node)) === 1;
    }, 40);
    await pump.bid(10);
    await watcher.event('auction:update', (update) => update.seq >= pump.seq);
    for (const update of watcher.all('auction:update', watched)) {
      assert.equal(update.prevSeq, seq);
      seq = update.seq;
    }
  });
});
