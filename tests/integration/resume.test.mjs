// Coming back: with sinceSeq nothing is missed, whatever happened in between.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

describe('resuming', () => {
  let stack, sale, aoi, ren;
  before(async () => {
    stack = await Stack.start({ nodes: 2 });
    sale = await stack.sale();
    aoi = await stack.bidder('aoi', sale.id);
    ren = await stack.bidder('ren', sale.id);
  });
  after(() => stack.stop());

  it('gives every public event after sinceSeq, on any node, then goes on without a hole', async () => {
    const lot = await stack.lot(sale.id);
    const left = await stack.client(aoi, 0);
    const right = await stack.client(ren, 1);
    const start = (await left.join(lot)).auction.seq;
    let price = 1000000;
    for (let i = 0; i < 10; i++) price = (await (i % 2 ? right : left).bid(lot, price)).minNextBid;
    const ledger = await stack.ledger(lot);
    for (const node of [0, 1]) {
      const back = await stack.client(null, node);
      const { auction, events, resync } = await back.join(lot, start);
      assert.ok(!resync);
      assert.deepEqual(events, ledger.filter((event) => event.seq > start && event.seq <= auction.seq));
      assert.equal(auction.seq, ledger.at(-1).seq);
      const { minNextBid } = await left.bid(lot, price);
      price = minNextBid;
      const update = await back.event('auction:update');
      assert.equal(update.prevSeq, auction.seq);
      price = (await right.bid(lot, price)).minNextBid;
      ledger.splice(0, ledger.length, ...(await stack.ledger(lot)));
    }
  });

  it('sends the state alone when sinceSeq makes no sense', async () => {
    const lot = await stack.lot(sale.id);
    const client = await stack.client(null, 0);
    const answer = await client.join(lot, 1000000);
    assert.equal(answer.ok, true);
    assert.equal(answer.resync, true);
    assert.equal(answer.auction.status, 'active');
  });

  it('joins in the middle of a storm without a hole or a step back', async () => {
    const lot = await stack.lot(sale.id);
    const left = await stack.client(aoi, 0);
    const right = await stack.client(ren, 1);
    let price = 1000000;
    let storm = true;
    const bidding = (async () => {
      for (let i = 0; storm && i < 2000; i++) {
        const answer = await (i % 2 ? right : left).bid(lot, price);
        price = answer.ok ? answer.minNextBid : answer.error.minNextBid ?? price;
      }
    })();
    const seen = [];
    for (let i = 0; i < 30; i++) {
      const client = await stack.client(null, i % 2);
      const { auction, events, resync } = await client.join(lot, 1);
      if (!resync) {
        assert.equal(events[0]?.seq ?? auction.seq, 2);
        assert.equal(events.at(-1).seq, auction.seq, 'events lead up to the state');
      }
      seen.push({ client, from: auction.seq });
    }
    storm = false;
    await bidding;
    const last = (await stack.auction(lot)).seq;
    for (const { client, from } of seen) {
      await until('everybody to see the last event', () => from === last || client.all('auction:update', lot).at(-1)?.seq === last);
      client.all('auction:update', lot).reduce((place, update) => {
        assert.equal(update.prevSeq, place);
        return update.seq;
      }, from);
    }
  });

  it('refuses a lot that is not there, a draft, and the 21st room', async () => {
    const client = await stack.client(null, 0);
    assert.equal((await client.join(99999999)).error.code, 'AUCTION_NOT_FOUND');
    const draft = await stack.lot(sale.id, { until: 'draft' });
    assert.equal((await client.join(draft)).error.code, 'AUCTION_NOT_FOUND');
    const lots = [];
    for (let i = 0; i < 21; i++) lots.push(await stack.lot(sale.id, { until: 'schedule' }));
    for (const lot of lots.slice(0, 20)) assert.equal((await client.join(lot)).ok, true);
    assert.equal((await client.join(lots[20])).error.code, 'TOO_MANY_ROOMS');
    assert.equal((await client.request('auction:leave', { auctionId: lots[0] })).ok, true);
    assert.equal((await client.join(lots[20])).ok, true);
  });

  it('tells the time', async () => {
    const client = await stack.client(null, 1);
    const clientMs = Date.now();
    const answer = await client.request('time:sync', { clientMs });
    assert.equal(answer.clientMs, clientMs);
    const database = Number(stack.database.sql('SELECT to_ms(clock_timestamp())'));
    assert.ok(answer.serverMs <= database && answer.serverMs > database - 10000);
  });

  it('by hundreds at once, to much that was missed, keeps no bid waiting behind them', async () => {
    const lot = await stack.lot(sale.id);
    const bidders = [await stack.client(aoi, 0), await stack.client(ren, 0)];
    let price = 1000000;
    for (let i = 0; i < 200; i++) price = (await bidders[i % 2].bid(lot, price)).minNextBid;
    const crowd = await Promise.all(Array.from({ length: 300 }, () => stack.client(null, 0)));
    let answered = 0;
    stack.nodes[0].kill('SIGSTOP');
    const joins = crowd.map((client) => client.join(lot, 2).then(() => answered++));
    stack.nodes[0].kill('SIGCONT');
    await Promise.race(joins);
    assert.equal((await bidders[0].bid(lot, price)).ok, true);
    assert.ok(answered < joins.length / 2, `${answered} of ${joins.length} came first`);
    await Promise.all(joins);
    for (const client of crowd) client.terminate();
  });

  it('and coming may be cut short by the end of the node, which ends cleanly', async () => {
    const lot = await stack.lot(sale.id);
    const node = await stack.startNode();
    const clients = await Promise.all([1, 2, 3].map(() => stack.client(aoi, stack.nodes.length - 1)));
    for (const client of clients) await client.join(lot);
    const lock = spawn('psql', ['-X', '-q', '-d', stack.database.url]);
    lock.stdin.write('BEGIN; LOCK TABLE auction_events, sessions IN ACCESS EXCLUSIVE MODE;\n');
    try {
      const locked = "SELECT count(*) FROM pg_locks WHERE relation = 'auction_events'::regclass AND granted AND mode = 'AccessExclusiveLock'";
      await until('the lock', () => stack.database.sql(locked) === '1');
      for (const client of clients) client.join(lot, 1).catch(() => {});
      await stack.client(aoi, stack.nodes.length - 1); // of whom it is being asked who that is
      for (const table of ['auction_events', 'sessions']) await until('them to wait', () => stack.database.sql(`SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '${table}'::regclass`) !== '0');
      node.kill('SIGTERM');
      const { code, signal } = await node.exited;
      assert.deepEqual([code, signal], [0, null], node.output.slice(-2000));
    } finally {
      lock.kill();
    }
  });
});
