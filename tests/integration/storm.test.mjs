// Many bidders at once on both nodes, with nodes killed and Redis taken away: what was acknowledged is in the ledger, exactly once, as told.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { fold, verifyChain } from './support/ledger.mjs';
import { startRedis, until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

const BIDDERS = 6;

describe('a storm of bids', () => {
  let stack, sale, bidders;
  before(async () => {
    stack = await Stack.start({ nodes: 2 });
    sale = await stack.sale({ ladder: [{ below: 0, step: 10000 }] });
    bidders = [];
    for (let i = 0; i < BIDDERS; i++) bidders.push(await stack.bidder(`bidder${i}`, sale.id));
  });
  after(() => stack.stop());

  /** One bidder who bids until told to stop; when the connection goes, another node gets the same bidId again. */
  async function rage(bidder, lot, node, control, history) {
    let client = await stack.client(bidder, node);
    let price = 1000000;
    while (!control.stop) {
      const bid = { bidId: randomUUID(), amount: price };
      let answer;
      for (let attempt = 0; !answer; attempt++) {
        try {
          const given = await client.bid(lot, undefined, bid);
          if (given.ok || !['UNCERTAIN', 'UNAVAILABLE'].includes(given.error.code)) answer = given;
        } catch {
          if (attempt > 100) throw new Error('no node answers');
          client = await stack.client(bidder, stack.nodes.length - 1).catch(() => client);
          await new Promise((done) => setTimeout(done, 20));
        }
      }
      history.push({ bidder, bid, answer });
      price = answer.ok ? answer.minNextBid : answer.error.minNextBid ?? (await stack.auction(lot)).minNextBid;
      if (answer.ok || answer.error.code === 'ALREADY_LEADING') await until('to be overtaken, or the end', async () => control.stop || (await stack.auction(lot)).leader !== bidder.paddle);
    }
  }

  /** The promises of an answer, held against the ledger. */
  async function check(lot, history) {
    const events = await stack.ledger(lot);
    verifyChain(lot, events);
    const auction = await stack.auction(lot);
    assert.equal(fold(events).price, auction.price);
    const bySeq = new Map(events.map((event) => [event.seq, event]));
    const accepted = history.filter(({ answer }) => answer.ok);
    assert.ok(accepted.length > 10, `only ${accepted.length} bids were accepted`);
    assert.equal(new Set(accepted.map(({ answer }) => answer.seq)).size, accepted.length, 'every acknowledged bid has a seq of its own');
    for (const { bidder, bid, answer } of accepted) {
      const event = bySeq.get(answer.seq);
      assert.equal(event.type, 'bid');
      assert.equal(event.amount, bid.amount);
      assert.equal(event.paddle, bidder.paddle);
      assert.equal(event.auto, false);
      const told = fold(events.filter((other) => other.seq <= answer.stateSeq));
      assert.equal(told.price, answer.price, 'the answer is true of the state it names');
      assert.equal(told.leader === bidder.paddle, answer.leading);
    }
    const acknowledged = new Set(accepted.map(({ bid }) => bid.bidId));
    for (const { bidder, bid, answer } of history) {
      if (answer.ok) continue;
      const fate = (await bidder.api.get(`/api/auctions/${lot}/bids/by-id/${bid.bidId}`)).expect(200);
      assert.notEqual(fate.verdict, 'accepted', `${bid.bidId} was refused with ${answer.error.code}`);
    }
    const stored = stack.database.sql(`SELECT count(*) FROM bids WHERE auction_id = ${lot} AND verdict = 'accepted'`);
    assert.equal(Number(stored), acknowledged.size, 'every accepted bid was acknowledged, here where all bidders waited for their answers');
    assert.equal(events.filter((event) => event.type === 'bid' && !event.auto).length, acknowledged.size);
  }

  async function storm(disturb) {
    const lot = await stack.lot(sale.id);
    const control = { stop: false };
    const history = [];
    const raging = bidders.map((bidder, index) => rage(bidder, lot, index % stack.nodes.length, control, history));
    const count = (least) => until(`${least} bids`, async () => (await stack.auction(lot)).bidCount >= least, 60);
    await count(20);
    await disturb({ lot, count });
    control.stop = true;
    await Promise.all(raging);
    await check(lot, history);
  }

  it('over two nodes, every answer is true', () => storm(({ count }) => count(60)));

  it('with a node killed in the midst, nothing acknowledged is lost', () =>
    storm(async ({ lot, count }) => {
      await stack.killNode(stack.nodes[0]);
      const before = (await stack.auction(lot)).bidCount;
      await count(before + 20);
      await stack.startNode();
      await count(before + 40);
    }));

  it('with Redis gone and back, bids go on and watchers catch up', () =>
    storm(async ({ lot, count }) => {
      const watchers = await Promise.all([0, 1].map((node) => stack.client(null, node)));
      for (const watcher of watchers) await watcher.join(lot);
      await stack.redis.stop();
      for (const watcher of watchers) await watcher.event('server:degraded');
      const before = (await stack.auction(lot)).bidCount;
      await count(before + 20);
      // without Redis the once-a-second look brings every node up to date
      const { seq } = await stack.auction(lot);
      for (const watcher of watchers) await watcher.event('auction:update', (data) => data.seq >= seq);
      stack.redis = await startRedis(stack.folder.path, stack.redisPort);
      await count(before + 40);
      for (const watcher of watchers) {
        const updates = watcher.all('auction:update', lot);
        updates.reduce((place, update) => {
          assert.equal(update.prevSeq, place);
          return update.seq;
        }, updates[0].prevSeq);
      }
    }));

  it('with database connections cut again and again, no answer is wrong', () =>
    storm(async ({ lot, count }) => {
      for (let i = 0; i < 5; i++) {
        stack.database.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE '%realtime%'");
        await count((await stack.auction(lot)).bidCount + 5);
      }
    }));
});
