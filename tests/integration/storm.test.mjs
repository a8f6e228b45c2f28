// Many bidders at once on both nodes and over REST, with nodes killed and Redis taken away: what was acknowledged is in the ledger, exactly once, as told.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Crowd } from './support/crowd.mjs';
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

  async function storm(disturb) {
    const lot = await stack.lot(sale.id);
    const crowd = Crowd.at(stack, lot, bidders, { overRest: 1 });
    await crowd.more(20);
    await disturb({ lot, crowd });
    assert.ok((await crowd.check()) > 20);
  }

  it('over two nodes, every answer is true', () => storm(({ crowd }) => crowd.more(40)));

  it('with a node killed in the midst, nothing acknowledged is lost', () =>
    storm(async ({ crowd }) => {
      await stack.killNode(stack.nodes[0]);
      await crowd.more(20);
      await stack.startNode();
      await crowd.more(20);
    }));

  it('with Redis gone and back, bids go on and watchers catch up', () =>
    storm(async ({ lot, crowd }) => {
      const watchers = await Promise.all([0, 1].map((node) => stack.client(null, node)));
      for (const watcher of watchers) await watcher.join(lot);
      await stack.redis.stop();
      for (const watcher of watchers) await watcher.event('server:degraded');
      await crowd.more(20);
      // without Redis the once-a-second look brings every node up to date
      const { seq } = await stack.auction(lot);
      for (const watcher of watchers) await watcher.event('auction:update', (data) => data.seq >= seq);
      stack.redis = await startRedis(stack.folder.path, stack.redisPort);
      await crowd.more(20);
      for (const watcher of watchers) {
        const updates = watcher.all('auction:update', lot);
        updates.reduce((place, update) => {
          assert.equal(update.prevSeq, place);
          return update.seq;
        }, updates[0].prevSeq);
      }
    }));

  it('with database connections cut again and again, no answer is wrong', () =>
    storm(async ({ crowd }) => {
      for (let i = 0; i < 5; i++) {
        stack.database.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE '%realtime%'");
        await crowd.more(5);
      }
    }));
});
