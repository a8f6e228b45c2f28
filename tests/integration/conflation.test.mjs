// A room that cannot keep up with its bids: steps are told together, so that there are fewer frames, and still nothing is missing.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { metric } from './support/metrics.mjs';
import { Pump } from './support/pump.mjs';
import { Stack } from './support/stack.mjs';

const WATCHERS = 1500; // more than a node serves in one turn

describe('a room that is behind', () => {
  let stack, sale, lot, pump, users, watchers;
  before(async () => {
    stack = await Stack.start({ nodes: 1, env: { LIMIT_CONNECTIONS_PER_ADDRESS: '0' } });
    sale = await stack.sale();
    lot = await stack.lot(sale.id);
    users = [await stack.bidder('aoi', sale.id), await stack.bidder('ren', sale.id)];
    pump = await Pump.start(stack, lot, users, 0);
    watchers = [];
    while (watchers.length < WATCHERS) watchers.push(...(await Promise.all(Array.from({ length: 100 }, () => stack.client(null, 0)))));
    for (const watcher of watchers) watcher.state = (await watcher.join(lot)).auction;
  });
  after(() => stack.stop());

  function unbroken(updates, seq) {
    for (const update of updates) {
      assert.equal(update.prevSeq, seq);
      assert.ok(update.seq > seq);
      seq = update.seq;
    }
    return seq;
  }

  it('is told steps together, in their order', async () => {
    await pump.bid(1);
    const leader = pump.clients[0];
    const answers = [];
    const conflated = () => metric(stack.nodes[0], 'seri_steps_conflated_total');
    for (let maxAmount = 1e9; answers.length < 4000; maxAmount += 1e6) {
      answers.push(leader.bid(lot, undefined, { maxAmount })); // one after the other, without waiting for the answers
      await new Promise((done) => setTimeout(done, 2));
      if (answers.length % 200 === 0 && (await conflated()) > 0) break;
    }
    const seqs = (await Promise.all(answers)).map(({ ok, stateSeq }) => ok && stateSeq);
    assert.ok(seqs.every(Boolean));
    const last = Math.max(...seqs);
    assert.ok((await conflated()) > 0);
    for (const watcher of watchers) {
      await watcher.event('auction:update', (update) => update.seq >= last);
      assert.equal(unbroken(watcher.all('auction:update', lot), watcher.state.seq), last);
    }
  });

  it('is told each bid once', async () => {
    const other = await stack.lot(sale.id);
    for (const watcher of watchers) watcher.state = (await watcher.join(other)).auction;
    pump = await Pump.start(stack, other, users, 0);
    lot = other;
    await pump.bid(30);
    const bids = (await stack.ledger(lot)).filter(({ type }) => type === 'bid').map(({ seq }) => seq);
    for (const watcher of watchers) {
      await watcher.event('auction:update', (update) => update.auctionId === lot && update.seq >= pump.seq);
      const updates = watcher.all('auction:update', lot);
      assert.equal(unbroken(updates, watcher.state.seq), pump.seq);
      assert.deepEqual(updates.flatMap((update) => update.bids.map(({ seq }) => seq)), bids);
    }
  });

  it('lets somebody in whose updates begin where his state ends', async () => {
    for (let i = 0; i < 10; i++) {
      const [client] = await Promise.all([stack.client(null, 0), pump.bid(5)]);
      const [{ auction }] = await Promise.all([client.join(lot), pump.bid(10)]);
      await client.event('auction:update', (update) => update.seq >= pump.seq);
      assert.equal(unbroken(client.all('auction:update', lot), auction.seq), pump.seq);
      client.terminate();
    }
  });

  it('hears at once what is no bid, behind the bids before it', async () => {
    await Promise.all([pump.bid(10), stack.command(lot, 'message', { text: 'まもなく終了します' })]);
    const [watcher] = watchers;
    await watcher.event('auction:message');
    await watcher.event('auction:update', (update) => update.seq >= pump.seq);
    assert.equal(unbroken(watcher.all('auction:update', lot), watcher.state.seq) >= pump.seq, true);
  });
});
