// auction:presence: who is in a room, over all nodes; right again within seconds after a node died, and without Redis.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { metric } from './support/metrics.mjs';
import { startRedis, until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

const INTERVAL_MS = 200;

describe('presence', () => {
  let stack, sale, aoi, ren;
  before(async () => {
    stack = await Stack.start({ nodes: 2, env: { PRESENCE_INTERVAL_MS: `${INTERVAL_MS}` } });
    sale = await stack.sale();
    aoi = await stack.bidder('aoi', sale.id);
    ren = await stack.bidder('ren', sale.id);
  });
  after(() => stack.stop());

  async function joined(user, node, lot) {
    const client = await stack.client(user, node);
    assert.equal((await client.join(lot)).ok, true);
    return client;
  }
  /** The newest that a client was told is this. */
  function told(client, lot, watchers, bidders) {
    return until(`${watchers} watchers and ${bidders} bidders`, () => {
      const last = client.all('auction:presence', lot).at(-1);
      if (last?.watchers !== watchers || last.bidders !== bidders) throw new Error(`told ${JSON.stringify(last)}`);
      return last;
    });
  }

  it('counts connections and people over all nodes, those who come and those who go', async () => {
    const lot = await stack.lot(sale.id);
    const first = await joined(null, 0, lot);
    assert.deepEqual(await told(first, lot, 1, 0), { auctionId: lot, watchers: 1, bidders: 0 });
    const second = await joined(null, 1, lot);
    await told(second, lot, 2, 0);
    await told(first, lot, 2, 0);
    const phone = await joined(aoi, 0, lot);
    await told(second, lot, 3, 1);
    const other = await joined(ren, 1, lot);
    await told(first, lot, 4, 2);
    phone.terminate();
    await told(first, lot, 3, 1);
    assert.equal((await other.request('auction:leave', { auctionId: lot })).ok, true);
    await told(first, lot, 2, 0);
    assert.ok((await metric(stack.nodes[0], 'seri_presence_counts_total', { of: 'all' })) > 0);
  });

  it('counts a bidder once, on however many devices and nodes', async () => {
    const lot = await stack.lot(sale.id);
    const devices = [await joined(aoi, 0, lot), await joined(aoi, 0, lot), await joined(aoi, 1, lot)];
    for (const device of devices) await told(device, lot, 3, 1);
    devices[0].terminate();
    devices[2].terminate();
    await told(devices[1], lot, 1, 1);
  });

  it('takes no viewer and no office for a bidder', async () => {
    const lot = await stack.lot(sale.id);
    const viewer = await joined(await stack.user('mio'), 0, lot);
    await joined(await stack.office(), 0, lot);
    await told(viewer, lot, 2, 0);
  });

  it('keeps the lots apart', async () => {
    const [left, right] = [await stack.lot(sale.id), await stack.lot(sale.id)];
    const both = await joined(null, 0, left);
    await both.join(right);
    await joined(aoi, 0, right);
    await told(both, left, 1, 0);
    await told(both, right, 2, 1);
  });

  it('tells no more often than the interval, whatever comes and goes', async () => {
    const lot = await stack.lot(sale.id);
    const began = Date.now();
    const watcher = await joined(null, 0, lot);
    for (let i = 0; i < 20; i++) (await joined(null, i % 2, lot)).terminate();
    await told(watcher, lot, 1, 0);
    const count = watcher.all('auction:presence', lot).length;
    assert.ok(count <= Math.ceil((Date.now() - began) / INTERVAL_MS), `${count} times`);
  });

  it('forgets a node that died, and what it left in Redis', async () => {
    const lot = await stack.lot(sale.id);
    const node = await stack.startNode();
    const index = stack.nodes.indexOf(node);
    const here = await joined(null, 0, lot);
    await joined(aoi, index, lot);
    await joined(null, index, lot);
    await told(here, lot, 3, 1);
    await stack.killNode(node);
    await told(here, lot, 1, 0);
    const fields = () => Number(stack.redisCommand('HLEN', `auction:{${lot}}:presence`));
    await until('only the living', () => fields() === 1);
    here.terminate();
    await until('nobody', () => fields() === 0);
  });

  it('tells of its own without Redis, and of all when it is back', async () => {
    const lot = await stack.lot(sale.id);
    const left = await joined(aoi, 0, lot);
    const right = await joined(null, 1, lot);
    await told(left, lot, 2, 1);
    stack.redis.kill('SIGKILL');
    await stack.redis.exited;
    await told(left, lot, 1, 1);
    await told(right, lot, 1, 0);
    await joined(null, 1, lot);
    await told(right, lot, 2, 0);
    assert.ok((await metric(stack.nodes[1], 'seri_presence_counts_total', { of: 'alone' })) > 0);
    stack.redis = await startRedis(stack.folder.path, stack.redisPort);
    await told(left, lot, 3, 1);
    await told(right, lot, 3, 1);
  });
});
