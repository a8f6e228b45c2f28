// What runs, as the operator sees it: every process by what it tells of itself, over Redis.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startRedis, until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

describe('the processes that run', () => {
  let stack, admin;
  before(async () => {
    stack = await Stack.start({ nodes: 2 });
    admin = await stack.user('root', 'admin');
  });
  after(() => stack?.stop());

  const nodes = async () => (await admin.api.get('/api/nodes')).expect(200);
  const find = (answer, { port }) => answer.items.find(({ figures }) => figures.port === port);
  const all = () => until('all to have told', async () => {
    const answer = await nodes();
    return [...stack.nodes, stack.rest].every((process) => find(answer, process)) && answer;
  }, 10);

  it('are listed to the administrator alone, each with its figures', async () => {
    const answer = await all();
    assert.deepEqual([answer.complete, answer.postgresql.reachable, answer.redis.reachable, answer.items.length], [true, true, true, 3]);
    assert.equal(new Set(answer.items.map(({ id }) => id)).size, 3);
    for (const { id, ageMs, silent, figures } of answer.items) {
      assert.deepEqual([figures.id, silent, figures.draining, figures.postgresql], [id, false, false, true]);
      assert.ok(ageMs < 7000 && figures.memoryBytes > 1e6 && figures.startedAtMs > Date.now() - 600_000, JSON.stringify(figures));
    }
    const office = await stack.office();
    assert.equal((await stack.api.get('/api/nodes')).refused('UNAUTHENTICATED', 401).status, 401);
    assert.equal((await office.api.get('/api/nodes')).refused('FORBIDDEN', 403).status, 403);
  });

  it('count what comes at each: connections, leases, bids and how long they took', async () => {
    const sale = await stack.sale();
    const lot = await stack.lot(sale.id);
    const bidder = await stack.bidder('aoi', sale.id);
    const client = await stack.client(bidder, 0);
    await client.join(lot);
    const seen = { bids: 0, p99: 0, messages: 0 };
    await client.bid(lot, 1000000);
    await until('the bid to be told of', async () => {
      const { figures } = find(await nodes(), stack.nodes[0]);
      seen.bids = Math.max(seen.bids, figures.bids);
      seen.p99 = Math.max(seen.p99, figures.bidP99Us ?? 0);
      return seen.bids === 1 && seen.p99 > 0 && figures.connections === 1 && figures.rooms === 1 && figures.watchers === 1;
    }, 10);
    await until('somebody to hold the desk', async () => {
      const answer = await nodes();
      return stack.nodes.reduce((sum, node) => sum + find(answer, node).figures.leases, 0) === 1;
    }, 10);
    await until('the requests to be told of', async () => {
      const { figures } = find(await nodes(), stack.rest);
      return figures.requests > 0 && figures.requestP99Us > 0;
    }, 10);
  });

  it('are called silent when they were killed, and are gone when they were stopped', async () => {
    const [killed, stopped] = [await stack.startNode(), await stack.startNode()];
    await all();
    await stack.killNode(killed);
    stopped.kill('SIGTERM');
    await stopped.exited;
    stack.nodes = stack.nodes.filter((node) => node !== stopped);
    assert.equal(find(await nodes(), stopped), undefined);
    const answer = await until('the killed one to be called silent', async () => {
      const told = await nodes();
      return find(told, killed).silent && told;
    }, 15);
    assert.deepEqual(stack.nodes.map((node) => find(answer, node).silent), [false, false]);
  });

  it('are not all known without Redis, which is said at once', async () => {
    await stack.redis.stop();
    const began = Date.now();
    const answer = await nodes();
    assert.ok(Date.now() - began < 3000);
    assert.deepEqual([answer.complete, answer.redis.reachable, answer.postgresql.reachable], [false, false, true]);
    assert.deepEqual(answer.items.map(({ figures }) => figures.port), [stack.rest.port]);
    stack.redis = await startRedis(stack.folder.path, stack.redisPort);
    const again = await until('all to tell again', async () => {
      const told = await nodes();
      return told.complete && stack.nodes.every((node) => find(told, node)) && told;
    }, 15);
    assert.equal(again.items.some(({ silent }) => silent), false);
  });
});
