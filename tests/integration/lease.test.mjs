// One preferred writer for each lot: bids find their way to it from every node, and past it when it dies, freezes or leaves.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Crowd } from './support/crowd.mjs';
import { metric } from './support/metrics.mjs';
import { startRedis, until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

const BIDDERS = 6;
const LEASE_MS = 2000;

describe('the desk of a lot', () => {
  let stack, sale, bidders;
  before(async () => {
    stack = await Stack.start({ nodes: 3, env: { LEASE_MS: `${LEASE_MS}` } });
    sale = await stack.sale({ ladder: [{ below: 0, step: 10000 }] });
    bidders = [];
    for (let i = 0; i < BIDDERS; i++) bidders.push(await stack.bidder(`bidder${i}`, sale.id));
  });
  after(() => stack.stop());

  const redis = (...args) => execFileSync('redis-cli', ['-p', `${stack.redisPort}`, '-a', 'test', '--no-auth-warning', ...args], { stdio: 'pipe' }).toString().trim();
  /** The index of the node that holds the lot's desk; -1: nobody does. */
  const holder = (lot) => {
    const owner = redis('GET', `auction:{${lot}}:owner`);
    return stack.nodes.findIndex((node) => owner.includes(`:${node.port}:`));
  };
  const held = (lot) => until('a holder', () => holder(lot) >= 0).then(() => holder(lot));
  /** How many more there are of something than when this was called. */
  async function counter(node, name, labels) {
    const start = await metric(node, name, labels);
    return async () => (await metric(node, name, labels)) - start;
  }

  async function storm(disturb) {
    const lot = await stack.lot(sale.id);
    const crowd = Crowd.at(stack, lot, bidders);
    try {
      await crowd.more(10);
      await disturb({ lot, more: (count) => crowd.more(count) });
    } finally {
      await crowd.stop();
    }
    assert.ok((await crowd.check()) >= 10);
  }

  it('has one holder, to which the other nodes hand their bids over', async () => {
    const lot = await stack.lot(sale.id);
    const first = await stack.client(bidders[0], 0);
    assert.equal((await first.bid(lot, 1000000)).ok, true);
    const at = await held(lot);
    const other = (at + 1) % stack.nodes.length;
    const over = await counter(stack.nodes[other], 'seri_bids_handed_over_total', { end: 'answered' });
    const taken = await counter(stack.nodes[at], 'seri_bids_taken_in_total', { what: 'good' });
    const conflicts = await counter(stack.nodes[other], 'seri_appends_total', { outcome: 'conflict' });
    const own = await counter(stack.nodes[other], 'seri_batches_total');
    const presumed = await counter(stack.nodes[at], 'seri_batches_presumed_total');
    const clients = [await stack.client(bidders[1], other), await stack.client(bidders[2], other)];
    await until('the other node to know the holder', async () => {
      await clients[0].bid(lot, 1);
      return (await over()) > 0;
    });
    const [overBefore, takenBefore, ownBefore] = [await over(), await taken(), await own()];
    let price = 1000000;
    for (let i = 0; i < 10; i++) {
      const answer = await clients[i % 2].bid(lot, (price += 10000));
      assert.equal(answer.ok, true, JSON.stringify(answer));
      assert.equal(answer.leading, true);
      assert.equal(answer.price, price);
      assert.equal(answer.bidsLeft, null);
    }
    assert.equal((await over()) - overBefore, 10);
    assert.equal((await taken()) - takenBefore, 10);
    assert.equal((await own()) - ownBefore, 0, 'nothing was decided at the other node');
    assert.equal(await conflicts(), 0);
    assert.ok((await presumed()) > 0, 'the holder accepts without reading the ledger again');
    assert.ok((await metric(stack.nodes[at], 'seri_leases_held')) >= 1);
    const inbox = `bidq:{${redis('GET', `auction:{${lot}}:owner`)}}`;
    await until('bids that were read to be gone from Redis', () => !redis('XRANGE', inbox, '-', '+').includes('bidId'));
    assert.match(redis('XRANGE', inbox, '-', '+'), /beat/);
  });

  it('gives through another node the answers that it gives itself, and keeps to the refusals', async () => {
    const lot = await stack.lot(sale.id);
    const first = await stack.client(bidders[0], 0);
    await first.bid(lot, 1000000);
    const at = await held(lot);
    const other = (at + 1) % stack.nodes.length;
    const client = await stack.client(bidders[1], other);
    const over = await counter(stack.nodes[other], 'seri_bids_handed_over_total', { end: 'answered' });
    await until('the other node to know the holder', async () => {
      await client.bid(lot, 1);
      return (await over()) > 0;
    });
    const low = { bidId: randomUUID(), amount: 1000000 };
    const refused = await client.bid(lot, undefined, low);
    assert.equal(refused.error.code, 'BID_TOO_LOW');
    assert.equal(refused.error.minNextBid, 1010000);
    const again = await client.bid(lot, undefined, low);
    assert.deepEqual([again.error.code, again.duplicate], ['BID_TOO_LOW', true], 'a refusal of a bid that was handed over is final');
    const own = await stack.client(bidders[1], at);
    assert.equal((await own.bid(lot, undefined, low)).error.code, 'BID_TOO_LOW');
    assert.equal((await client.bid(lot, undefined, { ...low, amount: 1010000 })).error.code, 'BID_ID_REUSED');
    const good = { bidId: randomUUID(), amount: 1010000 };
    const accepted = await client.bid(lot, undefined, good);
    assert.equal(accepted.ok, true);
    const twice = await own.bid(lot, undefined, good);
    assert.deepEqual([twice.ok, twice.seq, twice.duplicate], [true, accepted.seq, true]);
    assert.equal((await client.bid(999999999, 1000000)).error.code, 'AUCTION_NOT_FOUND');
    const stranger = await stack.client(await stack.user('stranger', 'bidder'), other);
    assert.equal((await stranger.bid(lot, 1020000)).error.code, 'NOT_APPROVED');
  });

  it('is not upset by what stands in its inbox twice, late, or makes no sense', () =>
    storm(async ({ lot, more }) => {
      const owner = redis('GET', `auction:{${lot}}:owner`) || (await held(lot), redis('GET', `auction:{${lot}}:owner`));
      const inbox = `bidq:{${owner}}`;
      const good = await counter(stack.nodes[holder(lot)], 'seri_bids_taken_in_total', { what: 'good' });
      const bad = await counter(stack.nodes[holder(lot)], 'seri_bids_taken_in_total', { what: 'bad' });
      const start = await good();
      for (let round = 0; round < 5; round++) {
        const letters = redis('XRANGE', inbox, '-', '+').split('\n').filter((line) => /^\{"from".*\}$/.test(line) && line.includes('bidId')).slice(-20);
        for (const letter of letters) {
          redis('XADD', inbox, '*', 'bid', letter);
          redis('XADD', inbox, '*', 'bid', letter.replace(/(?<="deadlineMs":)\d+/, `${Date.now() + 600000}`));
        }
        for (const text of ['', 'nonsense', '{}', '{"from":"x"}', '[1,2]', letters[0]?.slice(0, -9) ?? '{']) redis('XADD', inbox, '*', 'bid', text);
        redis('XADD', inbox, '*', 'something', 'else', 'and', 'more');
        await more(5);
      }
      assert.ok((await good()) > start && (await bad()) >= 30);
    }));

  it('is taken over when its holder is killed, and bids flow on', () =>
    storm(async ({ lot, more }) => {
      const victim = stack.nodes[await held(lot)];
      await stack.killNode(victim);
      await more(15);
      assert.notEqual(await held(lot), -1);
      await stack.startNode();
      await more(5);
    }));

  it('does no harm when its holder freezes and comes back', () =>
    storm(async ({ lot, more }) => {
      for (let i = 0; i < 2; i++) {
        const frozen = stack.nodes[await held(lot)];
        frozen.kill('SIGSTOP');
        try {
          await more(10);
          await until('another holder', () => holder(lot) >= 0 && stack.nodes[holder(lot)] !== frozen);
          await more(5);
        } finally {
          frozen.kill('SIGCONT');
        }
        await more(5);
      }
    }));

  it('is nobody\'s without Redis, and somebody\'s again with it', () =>
    storm(async ({ lot, more }) => {
      await stack.redis.stop();
      await more(15);
      stack.redis = await startRedis(stack.folder.path, stack.redisPort);
      await held(lot);
      await more(10);
    }));

  it('is handed on by a node that drains under load', () =>
    storm(async ({ lot, more }) => {
      const leaving = stack.nodes[await held(lot)];
      leaving.kill('SIGTERM');
      await until('another holder', () => holder(lot) >= 0 && stack.nodes[holder(lot)] !== leaving);
      stack.nodes = stack.nodes.filter((node) => node !== leaving);
      assert.equal((await leaving.exited).code, 0, leaving.output.slice(-2000));
      await more(10);
      await stack.startNode();
    }));

  it('is where the lot is closed', async () => {
    const quick = await stack.sale({ ladder: [{ below: 0, step: 10000 }], durationMs: 3000, extensionWindowMs: 1000, extensionMs: 1000 });
    const bidder = await stack.bidder('closer', quick.id);
    const lot = await stack.lot(quick.id);
    const client = await stack.client(bidder, 1);
    assert.equal((await client.bid(lot, 1000000)).ok, true);
    const at = await held(lot);
    const closed = await Promise.all(stack.nodes.map((node) => counter(node, 'seri_lots_closed_total')));
    assert.equal((await stack.ended(lot)).status, 'sold');
    await until('the holder to have counted it', async () => (await closed[at]()) === 1);
    for (const [index, count] of closed.entries()) if (index !== at) assert.equal(await count(), 0);
    await until('the lease to be let go', () => redis('EXISTS', `auction:{${lot}}:owner`) === '0');
  });
});
