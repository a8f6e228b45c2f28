// One node's machine, and a REST process', has a wrong clock. The database's is the only clock of a sale, so nothing that anybody is told may show it: not the
// moment of a bid, not who was in time, not the countdown.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Crowd } from '../integration/support/crowd.mjs';
import { metric } from '../integration/support/metrics.mjs';
import { BUILD, until } from '../integration/support/processes.mjs';
import { Stack } from '../integration/support/stack.mjs';

const OFF_MS = 3000;
const BOOT_MS = 600000; // another machine, started at another time
const WAY_MS = 80; // to a database far away and back, each; over 50 a node does not trust its clock
const LADDER = [{ below: 0, step: 10000 }];
const NEAR_MS = 15; // what a message may take within this machine, and a clock be off by

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

describe('a machine whose clock is 3 s off', () => {
  let stack, right, wrong, rest, sale, aoi, ren;
  /** Sets the clocks of the wrong node's machine: ms that are added to what they would show. */
  const setClocks = (wall, boot) => writeFileSync(join(stack.folder.path, 'clock'), new BigInt64Array([BigInt(wall), BigInt(boot)]), { flag: 'r+' });
  before(async () => {
    stack = await Stack.start({ nodes: 1 });
    const shift = join(stack.folder.path, 'clock');
    writeFileSync(shift, Buffer.alloc(16));
    setClocks(OFF_MS, BOOT_MS);
    right = stack.nodes[0];
    const machine = {
      SHIFTED_CLOCK: shift,
      LD_PRELOAD: join(BUILD, 'shifted-clock.so'),
      ASAN_OPTIONS: [process.env.ASAN_OPTIONS, 'verify_asan_link_order=0'].filter(Boolean).join(':'),
    };
    wrong = await stack.startNode(machine);
    rest = await stack.startAnotherRest('rest-wrong', machine);
    sale = await stack.sale({ ladder: LADDER, durationMs: 4000, extensionWindowMs: 1000, extensionMs: 5000, closeGraceMs: 3000 });
    aoi = await stack.bidder('aoi', sale.id);
    ren = await stack.bidder('ren', sale.id);
  });
  after(() => stack?.stop());

  const name = (node) => (node === wrong ? 'the node with the wrong clock' : 'the other node');
  const clientOf = (node, person) => stack.client(person, stack.nodes.indexOf(node));
  /** A lot whose desk this node holds, by a bid of `aoi`'s there: its id. */
  async function lotHeldBy(node) {
    const client = await clientOf(node, aoi);
    return until('a lot of this node', async () => {
      const lot = await stack.lot(sale.id);
      assert.equal((await client.bid(lot, 1000000)).ok, true);
      return until('a holder', () => stack.redisCommand('GET', `auction:{${lot}}:owner`).trim()).then((owner) => owner.includes(`:${node.port}:`) && lot);
    });
  }
  /** Has the other node know who holds the desk, so that it hands over what comes. */
  async function warm(client, lot, node) {
    const before = await metric(node, 'seri_bids_handed_over_total', { end: 'answered' });
    await until('a bid to be handed over', async () => {
      assert.equal((await client.bid(lot, 1)).error.code, 'BID_TOO_LOW');
      return (await metric(node, 'seri_bids_handed_over_total', { end: 'answered' })) > before;
    });
  }
  /** An answer's moment of receipt lies between sending and answer, by this machine's clock, which is the database's. */
  async function timed(request) {
    const sent = Date.now();
    const answer = await request();
    const moment = answer.receivedAtMs ?? answer.serverMs;
    if (moment !== undefined) assert.ok(moment >= sent - NEAR_MS && moment <= Date.now() + NEAR_MS, `${moment} is not from ${sent} to ${Date.now()}`);
    return answer;
  }

  it('knows by how much, and how well it knows', async () => {
    for (const [node, off] of [[right, 0], [wrong, -OFF_MS]]) {
      await until('a good sample', async () => Math.abs((await metric(node, 'seri_clock_offset_ms')) - off) <= NEAR_MS, 5);
      const uncertainty = await metric(node, 'seri_clock_uncertainty_ms');
      assert.ok(uncertainty >= 0 && uncertainty <= 50, `${uncertainty}`);
    }
  });

  it('tells the time to a few ms', async () => {
    for (const node of [right, wrong]) {
      const client = await clientOf(node, null);
      let best = { trip: Infinity };
      for (let i = 0; i < 30; i++) {
        const clientMs = Date.now();
        const answer = await timed(() => client.request('time:sync', { clientMs }));
        const trip = Date.now() - clientMs;
        if (trip < best.trip) best = { trip, off: answer.serverMs - clientMs - trip / 2 };
      }
      assert.ok(Math.abs(best.off) <= 5, `${name(node)}: ${best.off} ms off at a round trip of ${best.trip}`);
    }
  });

  it('counts down as the other does', async () => {
    const lot = await lotHeldBy(right);
    const watchers = await Promise.all([right, wrong].map((node) => clientOf(node, null)));
    const heard = watchers.map(() => []);
    watchers.forEach((watcher, index) => (watcher.hear = ({ event, data }) => event === 'auction:timer' && heard[index].push({ ...data, at: Date.now() })));
    const joined = await Promise.all(watchers.map((watcher) => watcher.join(lot)));
    for (const { auction } of joined) assert.ok(Math.abs(auction.remainingMs - (auction.endsAtMs - Date.now())) < 500, JSON.stringify(auction));
    await until('three timers from each', () => heard.every((timers) => timers.length >= 3));
    for (const [index, timers] of heard.entries())
      for (const { serverMs, endsAtMs, remainingMs, at } of timers) {
        assert.equal(endsAtMs, joined[index].auction.endsAtMs);
        assert.equal(remainingMs, Math.max(0, endsAtMs - serverMs));
        assert.ok(at - serverMs > -NEAR_MS && at - serverMs < 500, `${at - serverMs} ms after it was written`);
      }
  });

  for (const at of ['right', 'wrong']) {
    it(`stamps a bid with the moment of its receipt, the desk being at the ${at} one`, async () => {
      const [holder, other] = at === 'right' ? [right, wrong] : [wrong, right];
      const lot = await lotHeldBy(holder);
      const [near, far] = [await clientOf(holder, aoi), await clientOf(other, ren)];
      await warm(far, lot, other);
      for (let i = 1; i <= 6; i++) {
        const answer = await timed(() => (i % 2 ? far : near).bid(lot, 1000000 + i * 10000));
        assert.equal(answer.ok, true, JSON.stringify(answer));
      }
      const overRest = await timed(async () => (await rest.api.as(ren.token).post(`/api/auctions/${lot}/bids`, { bidId: randomUUID(), amount: 1080000, confirm: true })).json);
      assert.equal(overRest.leading, true, JSON.stringify(overRest));
    });

    it(`lets a bid count that it received before the end and decided in the grace, the desk being at the ${at} one`, async () => {
      const [holder, other] = at === 'right' ? [right, wrong] : [wrong, right];
      const far = await clientOf(other, ren);
      const tryOnce = async () => {
        const lot = await lotHeldBy(holder);
        await warm(far, lot, other);
        const { endsAtMs } = await stack.auction(lot);
        await sleep(endsAtMs - 200 - Date.now());
        stack.redis.kill('SIGSTOP'); // what is handed over does not arrive: after 100 ms the node decides by itself
        try {
          await sleep(endsAtMs - 60 - Date.now());
          const answer = await timed(() => far.bid(lot, 1010000));
          const decided = Date.now();
          if (answer.receivedAtMs >= endsAtMs || decided < endsAtMs) return false; // this machine was too slow
          assert.equal(answer.ok, true, JSON.stringify(answer));
          assert.ok(answer.endsAtMs >= answer.receivedAtMs + 5000, 'it set the clock back');
          return true;
        } finally {
          stack.redis.kill('SIGCONT');
        }
      };
      await until('a bid in the last moment', tryOnce, 25);
    });

    it(`holds a bid received after the end until it is decided what becomes of the lot, the desk being at the ${at} one`, async () => {
      const [holder, other] = at === 'right' ? [right, wrong] : [wrong, right];
      const lots = [await lotHeldBy(holder), await lotHeldBy(holder)];
      const far = await clientOf(other, ren);
      const asked = await Promise.all(lots.map(async (lot) => {
        await warm(far, lot, other);
        const { endsAtMs } = await stack.auction(lot);
        await sleep(endsAtMs + 30 - Date.now());
        const sent = Date.now();
        let answer = null;
        const answered = far.bid(lot, 1000000).then((given) => (answer = given)); // the start price again: right once the leader's bid is undone
        await sleep(600);
        assert.equal(answer, null, 'held');
        return { lot, endsAtMs, sent, answered };
      }));
      const [closing, extended] = asked;
      await stack.command(extended.lot, 'undo', { expectedSeq: (await stack.auction(extended.lot)).seq, reason: '桁の誤り' });
      const accepted = await extended.answered;
      assert.equal(accepted.ok, true, JSON.stringify(accepted));
      assert.equal(accepted.leading, true);
      assert.ok(accepted.receivedAtMs >= extended.endsAtMs && accepted.receivedAtMs >= extended.sent - NEAR_MS && accepted.receivedAtMs < extended.sent + 500);
      assert.equal((await closing.answered).error.code, 'AUCTION_ENDED');
      const sold = (await stack.ledger(closing.lot)).at(-1);
      assert.equal(sold.type, 'sold');
      assert.ok(sold.atMs >= closing.endsAtMs + 3000 && sold.atMs < closing.endsAtMs + 5000, `closed ${sold.atMs - closing.endsAtMs} ms after the end`);
    });
  }

  it('uses the moment of the decision for what comes to a node that is too far from the database to know the time', async () => {
    const { hostname, port } = new URL(stack.database.url);
    const way = createServer((near) => {
      const far = connect({ host: hostname, port });
      for (const [from, to] of [[near, far], [far, near]]) {
        from.on('data', (bytes) => setTimeout(() => to.write(bytes), WAY_MS));
        from.on('error', () => {});
        from.on('close', () => to.destroy());
      }
    });
    await new Promise((done) => way.listen(0, '127.0.0.1', done));
    const url = new URL(stack.database.url);
    url.port = way.address().port;
    const remote = await stack.startNode({ DATABASE_URL: url.href });
    try {
      const uncertainty = await until('a sample', async () => {
        const ms = await metric(remote, 'seri_clock_uncertainty_ms');
        return ms >= 0 && ms;
      });
      assert.ok(uncertainty >= WAY_MS, `${uncertainty} ms`);
      const lot = await lotHeldBy(right);
      const clients = [await clientOf(remote, ren), await clientOf(right, aoi)];
      for (let i = 0; i < 6; i++) {
        const answer = await timed(() => clients[i % 2].bid(lot, 1010000 + i * 10000));
        assert.equal(answer.ok, true, JSON.stringify(answer));
      }
    } finally {
      stack.nodes = stack.nodes.filter((node) => node !== remote);
      await remote.stop();
      way.close();
    }
  });

  it('does no harm when it is set, forwards and back, and its machine sleeps, in the midst of bids', async () => {
    const lively = await stack.sale({ ladder: LADDER, durationMs: 5000, extensionWindowMs: 2000, extensionMs: 2000 });
    const people = [];
    for (let i = 0; i < 4; i++) people.push(await stack.bidder(`bidder${i}`, lively.id));
    const lot = await stack.lot(lively.id);
    const crowd = Crowd.at(stack, lot, people);
    await crowd.more(10);
    for (const [wall, boot] of [[-OFF_MS, 0], [OFF_MS, 0], [0, 3000], [0, 4000]]) {
      setClocks(wall, BOOT_MS + boot);
      const client = await clientOf(wrong, null);
      await crowd.more(10);
      await until('the right time again', () => timed(() => client.request('time:sync', { clientMs: Date.now() })), 3);
    }
    await crowd.stop();
    assert.equal((await stack.ended(lot)).status, 'sold');
    await crowd.check();
    const events = await stack.ledger(lot);
    const end = events.findLast(({ endsAtMs }) => endsAtMs !== undefined).endsAtMs;
    assert.ok(events.at(-1).atMs < end + 1000 + 1500, 'closed when it was due');
  });
});

// A machine that slept and whose clock is put right, or another one that takes over. Connections made from now on see a clock that is off by what stands in leap.clock.
const LEAPING_CLOCK = `
  CREATE SCHEMA leap;
  CREATE TABLE leap.clock AS SELECT interval '0' AS off;
  CREATE FUNCTION leap.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT pg_catalog.clock_timestamp() + off FROM leap.clock';
  CREATE FUNCTION leap.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT pg_catalog.statement_timestamp() + off FROM leap.clock';
  CREATE FUNCTION leap.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT pg_catalog.now() + off FROM leap.clock';
  DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = leap, public, pg_catalog', current_database()); END $$;
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;

describe('a database whose clock is set', () => {
  let stack, lot, client, watcher;
  before(async () => {
    stack = await Stack.start({ nodes: 0 });
    const sale = await stack.sale({ ladder: LADDER });
    const aoi = await stack.bidder('aoi', sale.id);
    stack.database.sql(LEAPING_CLOCK);
    await stack.startNode({ HEARTBEAT_INTERVAL_MS: '500', PRESENCE_INTERVAL_MS: '500' });
    lot = await stack.lot(sale.id);
    [client, watcher] = [await stack.client(aoi), await stack.client()];
    for (const each of [client, watcher]) await each.join(lot);
  });
  after(() => stack?.stop());

  /** Sets it to this machine's and so many seconds, and waits until the node knows. */
  async function set(seconds) {
    stack.database.sql(`UPDATE leap.clock SET off = interval '${seconds} s'`);
    await until('the node to know', async () => Math.abs((await client.request('time:sync', { clientMs: 1 })).serverMs - Date.now() - seconds * 1000) < 1000);
  }

  it('back, is taken for the time, and what waits waits no longer for it, nor shorter', async () => {
    await set(-60);
    const sent = Date.now();
    const answer = await stack.bid(client, lot, 1000000);
    assert.equal(answer.ok, true, JSON.stringify(answer));
    assert.ok(Math.abs(answer.receivedAtMs - sent + 60000) < 1000, `${answer.receivedAtMs - sent}`);
    const presence = () => metric(stack.nodes[0], 'seri_presence_counts_total', { of: 'all' });
    const [{ pings }, counts] = [watcher, await presence()];
    await until('pings as before', () => watcher.pings >= pings + 4, 10);
    assert.ok((await presence()) < counts + 20, 'Redis is asked no more than before');
  });

  it('forward, takes nobody for gone, and pauses what ran', async () => {
    await set(60);
    await watcher.event('auction:paused');
    await sleep(2500);
    for (const each of [client, watcher]) assert.equal(each.close, undefined);
    await stack.command(lot, 'resume');
    await watcher.event('auction:resumed');
  });
});
