// What the clock does to a lot when it is contested: bids that came after its end, nodes that were away, nobody there at all.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startRedis, until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

describe('the clock of a lot', () => {
  let stack, aoi, ren;
  before(async () => {
    stack = await Stack.start({ nodes: 2 });
  });
  after(() => stack.stop());

  /** A sale with these clocks, at which both may bid. */
  async function sale(body) {
    const made = await stack.sale(body);
    aoi = await stack.bidder('aoi', made.id);
    ren = await stack.bidder('ren', made.id);
    return made;
  }

  it('holds a bid that came after the end until another writer sets the clock back, and takes it then', async () => {
    const { id } = await sale({ durationMs: 2000, extensionWindowMs: 1000, extensionMs: 8000, closeGraceMs: 5000 });
    const lot = await stack.lot(id);
    const left = await stack.client(aoi, 0);
    const right = await stack.client(ren, 1);
    for (const client of [left, right]) await client.join(lot);
    const first = await left.bid(lot, 1000000);
    assert.equal(first.ok, true);
    const { endsAtMs } = await stack.auction(lot);
    await sleep(endsAtMs + 300 - Date.now());
    let answer = null;
    right.bid(lot, 1050000).then((given) => (answer = given));
    await sleep(700);
    assert.equal(answer, null, 'the lot may yet be extended');
    await stack.command(lot, 'undo', { expectedSeq: (await stack.auction(lot)).seq, reason: 'a slip' });
    await until('the held bid to be decided', () => answer, 4);
    assert.equal(answer.ok, true, JSON.stringify(answer));
    assert.equal(answer.leading, true);
    assert.ok(answer.receivedAtMs >= endsAtMs);
  });

  it('answers a held bid as soon as another node has closed the lot', async () => {
    const { id } = await sale({ durationMs: 2000, extensionWindowMs: 1000, extensionMs: 1000, closeGraceMs: 2000 });
    const lots = await Promise.all([stack.lot(id), stack.lot(id), stack.lot(id), stack.lot(id)]);
    const clients = await Promise.all([stack.client(ren, 0), stack.client(ren, 1)]);
    for (const client of clients) for (const lot of lots) await client.join(lot);
    const ends = Math.max(...(await Promise.all(lots.map((lot) => stack.auction(lot)))).map((auction) => auction.endsAtMs));
    await sleep(ends + 200 - Date.now());
    const answers = await Promise.all(clients.flatMap((client) => lots.map((lot) => client.bid(lot, 1000000))));
    assert.deepEqual(answers.map(({ error }) => error?.code), answers.map(() => 'AUCTION_ENDED'));
    assert.ok(Date.now() < ends + 6000, 'soon after the close');
  });

  it('tells a node that was away for long what ended meanwhile, without Redis too', async () => {
    const { id } = await sale({ durationMs: 60000 });
    const lot = await stack.lot(id);
    const watcher = await stack.client(null, 1);
    await watcher.join(lot);
    await stack.redis.stop();
    await watcher.event('server:degraded');
    stack.nodes[1].kill('SIGSTOP');
    await stack.command(lot, 'pass', { expectedSeq: (await stack.auction(lot)).seq });
    await sleep(12000);
    stack.nodes[1].kill('SIGCONT');
    const end = await watcher.event('auction:ended', (data) => data.auctionId === lot, 6);
    assert.equal(end.result, 'passed');
    stack.redis = await startRedis(stack.folder.path, stack.redisPort);
  });

  it('is paused, not closed, when nobody watched over its end, and goes on with the time that remained', async () => {
    const { id } = await sale({ durationMs: 4000, extensionWindowMs: 1000, extensionMs: 1000 });
    const due = await stack.lot(id);
    const later = await stack.lot((await sale({ durationMs: 60000 })).id);
    const before = Date.now();
    for (const node of stack.nodes) node.kill('SIGSTOP');
    const { endsAtMs } = await stack.auction(due);
    await sleep(6500);
    for (const node of stack.nodes) node.kill('SIGCONT');
    for (const lot of [due, later]) {
      const paused = await until('the lot to be paused', async () => {
        const auction = await stack.auction(lot);
        assert.ok(['active', 'paused'].includes(auction.status), auction.status);
        return auction.status === 'paused' && auction;
      }, 6);
      const last = (await stack.ledger(lot)).at(-1);
      assert.equal(last.type, 'paused');
      assert.equal(last.outage, true);
      if (lot === due) assert.ok(Math.abs(paused.remainingMs - (endsAtMs - before)) < 2000, `${paused.remainingMs} remain of ${endsAtMs - before}`);
      const { auction } = await stack.command(lot, 'resume');
      assert.equal(auction.status, 'active');
      assert.ok(auction.endsAtMs - Date.now() > 50000, 'at least a minute after an outage');
    }
  });
});
