// Clients that read slowly, or not at all: they fall behind alone, are sent the state instead of what they missed, and are closed after
// a limit; whoever reads gets every frame in its order, and the node's memory does not grow. Two bidders fill the room all the while.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { metric } from './support/metrics.mjs';
import { until } from './support/processes.mjs';
import { Pump } from './support/pump.mjs';
import { Stack } from './support/stack.mjs';
import { Stream } from './support/stream.mjs';

const RING_BYTES = 16384;
const CROWD = 60; // who stop reading
const HOUR_MS = '3600000';

describe('slow clients', () => {
  let stack, lot, pump, watcher, reader, start;
  const children = [];
  const streams = [];
  // Each node has one limit within reach.
  const nodes = {
    stuck: { SLOW_STUCK_MS: '6000', SLOW_WRITE_MS: HOUR_MS },
    trickle: { SLOW_STUCK_MS: HOUR_MS, SLOW_WRITE_MS: '1500' },
    behind: { SLOW_STUCK_MS: HOUR_MS, SLOW_WRITE_MS: HOUR_MS, SLOW_RESYNCS_PER_MINUTE: '1' },
  };
  before(async () => {
    // Freed memory goes back at once, so that what is resident is what is used.
    const env = { ROOM_RING_BYTES: `${RING_BYTES}`, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS}:quarantine_size_mb=1:thread_local_quarantine_size_kb=64` };
    stack = await Stack.start({ nodes: 0, env });
    for (const [name, limits] of Object.entries(nodes)) nodes[name] = await stack.startNode(limits);
    const sale = await stack.sale();
    lot = await stack.lot(sale.id);
    pump = await Pump.start(stack, lot, [await stack.bidder('aoi', sale.id), await stack.bidder('ren', sale.id)], 0);
    watcher = await joined(nodes.stuck);
    start = watcher.state.seq;
    reader = stream(nodes.stuck);
    await reader.event('auction:state');
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const open of streams) open.close();
    await stack.stop();
  });

  async function joined(node) {
    const client = await stack.client(null, stack.nodes.indexOf(node));
    client.state = (await client.join(lot)).auction;
    return client;
  }
  function stream(node) {
    const made = new Stream(node, `/sse/auctions/${lot}`);
    streams.push(made);
    return made;
  }
  const closedSlow = (node) => metric(node, 'seri_connections_closed_total', { reason: 'too_slow' });

  /** Every update one after the other from `seq` on; gives the last seq. */
  function unbroken(updates, seq) {
    for (const update of updates) {
      assert.equal(update.prevSeq, seq, 'no hole and no repetition');
      seq = update.seq;
    }
    return seq;
  }

  it('that stop reading cost no memory, and are closed; others notice nothing', async () => {
    const node = nodes.stuck;
    for (let i = 0; i < CROWD; i++) {
      const client = await joined(node);
      client.socket.pause();
    }
    const silent = stream(node);
    await silent.opened;
    silent.response.pause();
    await pump.until('all to be stuck', async () => (await metric(node, 'seri_stuck_connections')) >= CROWD);
    const [memory, bids] = [await metric(node, 'seri_memory_bytes'), pump.bids];
    await pump.until('all to be closed', async () => (await closedSlow(node)) >= CROWD && (await metric(node, 'seri_stuck_connections')) === 0);
    assert.ok((await metric(node, 'seri_buffered_bytes')) <= CROWD * RING_BYTES);
    await pump.bid(50);
    const grown = (await metric(node, 'seri_memory_bytes')) - memory;
    assert.ok(pump.bids > bids && grown < 6 * 1024 * 1024, `${grown} bytes more after ${pump.bids - bids} bids`);
    await until('the crowd to be gone', async () => (await metric(node, 'seri_connections')) === 4);
  });

  it('that fall behind are sent the state and go on from there; the second time within the minute they are closed', async () => {
    const node = nodes.behind;
    const client = await joined(node);
    await pump.overtake(client, node, RING_BYTES);
    const state = await client.event('auction:state');
    const { seq } = pump;
    await pump.bid(1);
    await client.event('auction:update', (update) => update.seq >= pump.seq);
    assert.ok(state.seq >= seq - 2 && state.price !== null);
    const at = client.events.findIndex(({ event }) => event === 'auction:state');
    const updates = (events) => events.filter(({ event }) => event === 'auction:update').map(({ data }) => data);
    const last = unbroken(updates(client.events.slice(0, at)), client.state.seq);
    assert.ok(last < state.seq, 'something was passed over');
    assert.ok(unbroken(updates(client.events.slice(at)), state.seq) >= pump.seq);
    await pump.overtake(client, node, RING_BYTES);
    assert.deepEqual(await client.closed, { code: 4430, reason: 'fell behind too often' });
  });

  it('whose process is frozen are closed as well', async () => {
    const node = nodes.stuck;
    const before = await closedSlow(node);
    const script = `
      import WebSocket from ${JSON.stringify(import.meta.resolve?.('ws') ?? 'ws')};
      const socket = new WebSocket(${JSON.stringify(node.url)}, 'auction.v1');
      socket.on('open', () => socket.send(JSON.stringify({ event: 'auction:join', id: 1, data: { auctionId: ${lot} } })));
      socket.once('message', () => console.log('joined'));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    await new Promise((done, fail) => {
      child.stdout.once('data', done);
      child.once('exit', () => fail(new Error('the client ended')));
    });
    child.kill('SIGSTOP');
    await pump.until('it to be closed', async () => (await closedSlow(node)) === before + 1);
  });

  it('that read a byte a second are closed as well', async () => {
    const node = nodes.trickle;
    const request = `GET /sse/auctions/${lot} HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n`;
    const child = spawn('bash', ['-c', `exec 3<>/dev/tcp/127.0.0.1/${node.port}; printf '${request}' >&3; while IFS= read -r -d '' -n 1 -u 3 byte || true; do sleep 1; done`], { stdio: 'ignore' });
    children.push(child);
    await until('it to watch', async () => (await metric(node, 'seri_connections')) === 1);
    await pump.until('it to be closed', async () => (await closedSlow(node)) === 1);
  });

  it('kept nobody who reads from any frame, over WebSocket or as a stream', async () => {
    await watcher.event('auction:update', (update) => update.seq >= pump.seq);
    await reader.event('auction:update', (update) => update.seq >= pump.seq);
    assert.equal(unbroken(watcher.all('auction:update', lot), start), pump.seq);
    assert.equal(unbroken(reader.all('auction:update').map(({ data }) => data), start), pump.seq);
    assert.equal(watcher.all('auction:state', lot).length, 0);
    assert.equal(reader.all('auction:state').length, 1);
  });
});
