// New bids a minute and user, counted over all nodes and REST: a repeated bid is no new one, and without Redis each node counts alone.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { metric } from './support/metrics.mjs';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

const LIMIT = 6;

describe('the limit of new bids a minute', () => {
  let stack, sale;
  before(async () => {
    stack = await Stack.start({ nodes: 2, env: { BID_LIMIT_PER_MINUTE: `${LIMIT}` } });
    sale = await stack.sale({ ladder: [{ below: 0, step: 10000 }] });
  });
  after(() => stack.stop());

  it('holds over nodes, lots and REST together', async () => {
    const bidder = await stack.bidder('everywhere', sale.id);
    const lots = [await stack.lot(sale.id), await stack.lot(sale.id)];
    const clients = [await stack.client(bidder, 0), await stack.client(bidder, 1)];
    for (let i = 0; i < LIMIT - 1; i++) {
      const answer = await clients[i % 2].bid(lots[i % 2], 1, { bidId: randomUUID() });
      assert.equal(answer.error.code, 'BID_TOO_LOW', `${i}: ${JSON.stringify(answer)}`);
    }
    const last = { bidId: randomUUID(), amount: 1000000 };
    const accepted = await clients[0].bid(lots[1], undefined, last);
    assert.deepEqual([accepted.ok, accepted.bidsLeft], [true, 0]);
    for (const client of clients) {
      const refused = await client.bid(lots[0], 1000000);
      assert.equal(refused.error.code, 'RATE_LIMITED');
      assert.ok(refused.error.retryAfterMs > 0 && refused.error.retryAfterMs <= 60000);
      const again = await client.bid(lots[1], undefined, last);
      assert.deepEqual([again.ok, again.duplicate, again.seq], [true, true, accepted.seq], 'a bid that is known is answered all the same');
    }
    (await bidder.api.post(`/api/auctions/${lots[0]}/bids`, { bidId: randomUUID(), amount: 1000000 })).refused('RATE_LIMITED', 429);
    assert.equal(Number(stack.database.sql(`SELECT count(*) FROM bids WHERE auction_id IN (${lots}) AND refusal = 'RATE_LIMITED'`)), 0, 'a flood leaves nothing in the ledger');
  });

  it('does not count a bid that is sent again', async () => {
    const bidder = await stack.bidder('again', sale.id);
    const lot = await stack.lot(sale.id);
    const clients = [await stack.client(bidder, 0), await stack.client(bidder, 1)];
    const bid = { bidId: randomUUID(), amount: 1000000 };
    assert.equal((await clients[0].bid(lot, undefined, bid)).bidsLeft, LIMIT - 1);
    for (let i = 0; i < 2 * LIMIT; i++) assert.deepEqual([(await clients[i % 2].bid(lot, undefined, bid)).duplicate, true], [true, true]);
    const next = await clients[1].bid(lot, undefined, { maxAmount: 2000000 });
    assert.deepEqual([next.ok, next.bidsLeft], [true, LIMIT - 2]);
  });

  it('is each node\'s own without Redis', async () => {
    const bidder = await stack.bidder('alone', sale.id);
    const lot = await stack.lot(sale.id);
    const clients = [await stack.client(bidder, 0), await stack.client(bidder, 1)];
    await stack.redis.stop();
    for (const node of stack.nodes) await until('Redis to be missed', async () => (await metric(node, 'seri_redis_connected')) === 0);
    for (const client of clients) {
      for (let i = 0; i < LIMIT; i++) assert.equal((await client.bid(lot, 1)).error.code, 'BID_TOO_LOW');
      assert.equal((await client.bid(lot, 1)).error.code, 'RATE_LIMITED');
    }
  });
});
