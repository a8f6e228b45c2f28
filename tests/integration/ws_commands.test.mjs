// The auctioneer's commands over WebSocket: on every node the same as in REST, with the same answers and refusals.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { verifyChain } from './support/ledger.mjs';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

describe("the auctioneer's commands over WebSocket", () => {
  let stack, sale, office, aoi, bidder, desks, ready, warned;
  before(async () => {
    stack = await Stack.start({ nodes: 2 });
    sale = await stack.sale();
    office = await stack.office();
    aoi = await stack.bidder('aoi', sale.id);
    bidder = await stack.client(aoi, 1);
    desks = [await stack.client(office, 0), await stack.client(office, 1)];
    // The hammer needs a warning that is ten seconds old: given first, used last.
    ready = [await stack.lot(sale.id), await stack.lot(sale.id)];
    for (const [i, lot] of ready.entries()) {
      await bidder.bid(lot, 1000000);
      assert.equal((await desks[i].request('auction:warn', { auctionId: lot, commandId: randomUUID() })).ok, true);
    }
    warned = Date.now();
  });
  after(() => stack?.stop());

  const command = async (desk, event, data) => {
    const answer = await desk.request(event, { commandId: randomUUID(), ...data });
    assert.equal(answer.ok, true, `${event}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const refused = async (client, event, data, code) => {
    const answer = await client.request(event, data);
    assert.equal(answer.error?.code, code, `${event}: ${JSON.stringify(answer)}`);
    return answer.error;
  };

  for (const node of [0, 1]) {
    it(`leads a lot from its start to its end on node ${node}`, async () => {
      const desk = desks[node];
      const auctionId = await stack.lot(sale.id, { until: 'schedule', reservePrice: 3000000 });
      const viewer = await stack.client(null, 1 - node);
      await viewer.join(auctionId);
      const started = await command(desk, 'auction:start', { auctionId });
      assert.equal(started.duplicate, false);
      assert.deepEqual([started.auction.auctionId, started.auction.status, started.auction.price], [auctionId, 'active', null]);
      await viewer.event('auction:started', (data) => data.auctionId === auctionId);
      assert.equal((await command(desk, 'auction:pause', { auctionId, reason: '馬が放れました' })).auction.status, 'paused');
      await viewer.event('auction:paused');
      assert.equal((await command(desk, 'auction:resume', { auctionId })).auction.status, 'active');
      const { endsAtMs } = (await stack.auction(auctionId));
      assert.equal((await command(desk, 'auction:extend', { auctionId, byMs: 60000 })).auction.endsAtMs, endsAtMs + 60000);
      assert.equal((await command(desk, 'auction:step', { auctionId, startPrice: 800000 })).auction.minNextBid, 800000);
      assert.equal((await command(desk, 'auction:step', { auctionId, step: 200000 })).auction.step, 200000);
      await command(desk, 'auction:message', { auctionId, text: 'まもなく終了します' });
      assert.equal((await viewer.event('auction:message')).message, 'まもなく終了します');
      await command(desk, 'auction:reserve', { auctionId, reserve: 2000000 });
      await command(desk, 'auction:warn', { auctionId });
      await viewer.event('auction:warned');
      assert.equal((await bidder.bid(auctionId, 800000)).ok, true);
      const slip = await bidder.bid(auctionId, null, { maxAmount: 1900000 });
      assert.equal(slip.ok, true);
      const undone = await command(desk, 'auction:undo', { auctionId, expectedSeq: slip.stateSeq, reason: '桁の誤り', seq: slip.seq });
      const retracted = await bidder.event('auction:retracted', (data) => data.auctionId === auctionId);
      assert.deepEqual([retracted.seq, retracted.retracts], [undone.seq, slip.seq]);
      await refused(desk, 'auction:pass', { auctionId, expectedSeq: undone.seq - 1 }, 'STALE_COMMAND');
      assert.equal((await command(desk, 'auction:pass', { auctionId, expectedSeq: undone.seq })).auction.status, 'passed');
      assert.equal((await viewer.event('auction:ended', (data) => data.auctionId === auctionId)).result, 'passed');
      const reopened = await command(desk, 'auction:reopen', { auctionId, reason: '再開' });
      assert.equal(reopened.auction.status, 'active');
      const withdrawn = await command(desk, 'auction:withdraw', { auctionId, expectedSeq: reopened.auction.seq, reason: '跛行のため' });
      assert.equal(withdrawn.auction.status, 'withdrawn');
      await viewer.event('auction:ended', (data) => data.result === 'withdrawn');
      verifyChain(auctionId, await stack.ledger(auctionId));
    });
  }

  it('pauses and resumes a whole sale', async () => {
    const other = await stack.sale();
    const lots = [await stack.lot(other.id, { lotNumber: 1 }), await stack.lot(other.id, { lotNumber: 2 })];
    const commandId = randomUUID();
    const paused = await desks[0].request('sale:pause', { saleId: other.id, commandId, reason: '雷雨' });
    assert.deepEqual([paused.ok, paused.duplicate, paused.saleId, paused.commandId], [true, false, other.id, commandId]);
    assert.deepEqual(paused.lots.map(({ auctionId, lotNumber, ok }) => [auctionId, lotNumber, ok]), [[lots[0], 1, true], [lots[1], 2, true]]);
    const again = (await office.api.post(`/api/sales/${other.id}/pause`, { commandId, reason: '雷雨' })).expect(200);
    assert.equal(again.duplicate, true, 'REST knows the same command');
    assert.deepEqual(again.lots, paused.lots);
    const resumed = await command(desks[1], 'sale:resume', { saleId: other.id, lots: 'sale' });
    assert.equal(resumed.lots.length, 2);
    for (const lot of lots) assert.equal((await stack.auction(lot)).status, 'active');
    await refused(desks[0], 'sale:pause', { saleId: 999999999 }, 'NOT_FOUND');
    await refused(desks[0], 'sale:resume', { saleId: other.id, lots: 'some' }, 'INVALID_MESSAGE');
  });

  it('gives a repeat its first answer, on the other node and by REST, and refuses another under its id', async () => {
    const auctionId = await stack.lot(sale.id);
    const commandId = randomUUID();
    const first = await desks[0].request('auction:pause', { auctionId, commandId, reason: '雷雨' });
    assert.equal(first.duplicate, false);
    const second = await desks[1].request('auction:pause', { auctionId, commandId, reason: '雷雨' });
    assert.deepEqual([second.ok, second.duplicate, second.seq], [true, true, first.seq]);
    const third = (await office.api.post(`/api/auctions/${auctionId}/pause`, { commandId, reason: '雷雨' })).expect(200);
    assert.deepEqual([third.duplicate, third.seq], [true, first.seq]);
    await refused(desks[1], 'auction:pause', { auctionId, commandId, reason: '別の理由' }, 'COMMAND_ID_REUSED');
    await refused(desks[0], 'auction:resume', { auctionId, commandId }, 'COMMAND_ID_REUSED');
    await refused(desks[0], 'auction:pause', { auctionId }, 'COMMAND_NOT_ALLOWED');
    await refused(desks[0], 'auction:pause', { auctionId: 999999999 }, 'AUCTION_NOT_FOUND');
  });

  it('carries out what one client sends in the order it was sent', async () => {
    const auctionId = await stack.lot(sale.id);
    const texts = Array.from({ length: 20 }, (_, i) => `${i}`);
    const answers = await Promise.all(texts.map((text) => command(desks[0], 'auction:message', { auctionId, text })));
    answers.map(({ seq }) => seq).reduce((last, seq) => {
      assert.ok(seq > last);
      return seq;
    }, 0);
    assert.deepEqual((await stack.ledger(auctionId)).filter(({ type }) => type === 'message').map(({ message }) => message), texts);
  });

  it('does not hold up bids, nor is held up by them', async () => {
    const auctionId = await stack.lot(sale.id);
    const ren = await stack.client(await stack.bidder('ren', sale.id), 0);
    let stop = false;
    const bidding = (async () => {
      for (let next = 1000000, i = 0; !stop; i++) next = (await [bidder, ren][i % 2].bid(auctionId, next)).minNextBid;
    })();
    for (let i = 0; i < 10; i++) await command(desks[i % 2], 'auction:extend', { auctionId, byMs: 1000 });
    stop = true;
    await bidding;
    verifyChain(auctionId, await stack.ledger(auctionId));
  });

  it('refuses what is malformed, naming the member', async () => {
    const auctionId = ready[0];
    const cases = [
      ['auction:extend', { auctionId }, 'byMs'], ['auction:step', { auctionId }, 'step'], ['auction:undo', { auctionId, expectedSeq: 1 }, 'reason'],
      ['auction:hammer', { auctionId }, 'expectedSeq'], ['auction:message', { auctionId, text: '' }, 'text'], ['auction:pause', {}, 'auctionId'],
      ['auction:pause', { auctionId, reason: '𠮷'.repeat(200) }, 'reason'], ['auction:pause', { auctionId, commandId: 'x' }, 'commandId'],
      ['sale:pause', { auctionId }, 'saleId'],
    ];
    for (const [event, data, field] of cases) {
      const client = await stack.client(office, 0); // the tenth malformed message closes
      assert.equal((await refused(client, event, data, 'INVALID_MESSAGE')).field, field, event);
      client.terminate();
    }
  });

  it('refuses what the rules forbid, as REST does', async () => {
    const auctionId = await stack.lot(sale.id, { reservePrice: 3000000 });
    const desk = desks[1];
    await refused(desk, 'auction:hammer', { auctionId, expectedSeq: (await stack.auction(auctionId)).seq }, 'WARNING_REQUIRED');
    await refused(desk, 'auction:undo', { auctionId, expectedSeq: (await stack.auction(auctionId)).seq, reason: '誤り' }, 'NOTHING_TO_UNDO');
    await refused(desk, 'auction:reserve', { auctionId, reserve: 4000000 }, 'RESERVE_RAISED');
    await refused(desk, 'auction:step', { auctionId, startPrice: 900001 }, 'PRICE_OFF_STEP');
    const { stateSeq } = await bidder.bid(auctionId, 1000000);
    await refused(desk, 'auction:step', { auctionId, startPrice: 900000 }, 'START_PRICE_FIXED');
    assert.equal((await refused(desk, 'auction:hammer', { auctionId, expectedSeq: stateSeq - 1 }, 'STALE_COMMAND')).seq, stateSeq);
    await command(desk, 'auction:withdraw', { auctionId, expectedSeq: stateSeq, reason: '欠場' });
    const { horse } = await stack.auction(auctionId);
    const again = (await office.api.post('/api/auctions', { saleId: sale.id, horseId: horse.id, lotNumber: 9999, startPrice: 1000000 })).expect(201);
    await stack.command(again.id, 'schedule');
    await refused(desk, 'auction:reopen', { auctionId, reason: '再開' }, 'HORSE_ALREADY_LIVE');
  });

  it('is for the office, as it is at that moment', async () => {
    const auctionId = await stack.lot(sale.id);
    const visitor = await stack.client(null, 0);
    for (const event of ['auction:pause', 'auction:hammer', 'sale:pause']) await refused(visitor, event, { auctionId }, 'UNAUTHENTICATED');
    await refused(bidder, 'auction:pause', { auctionId }, 'FORBIDDEN');
    const admin = await stack.user('root', 'admin');
    const temp = await stack.user('temp', 'auctioneer');
    const desk = await stack.client(temp, 0);
    await command(desk, 'auction:message', { auctionId, text: '開始' });
    const { headers } = await admin.api.get(`/api/users/${temp.id}`);
    (await admin.api.patch(`/api/users/${temp.id}`, { role: 'viewer' }, headers.get('etag'))).expect(200);
    assert.match((await desk.request('auction:pause', { auctionId, commandId: randomUUID() })).error.code, /^(FORBIDDEN|UNAUTHENTICATED)$/, 'at once');
    assert.equal((await stack.auction(auctionId)).status, 'active');
  });

  it('goes on without Redis: the node that carried it out knows at once', async () => {
    const auctionId = await stack.lot(sale.id);
    const viewer = await stack.client(null, 0);
    await viewer.join(auctionId);
    stack.redisCommand('CLIENT', 'PAUSE', '3000', 'ALL');
    await command(desks[0], 'auction:message', { auctionId, text: '単独' });
    assert.equal((await viewer.event('auction:message', (data) => data.auctionId === auctionId)).message, '単独');
  });

  it('hammers after the warning has stood', async () => {
    await until('ten seconds to pass', () => Date.now() - warned > 10200, 12);
    for (const [i, auctionId] of ready.entries()) {
      const { seq } = await stack.auction(auctionId);
      await refused(desks[i], 'auction:hammer', { auctionId, expectedSeq: seq - 1 }, 'STALE_COMMAND');
      await command(desks[i], 'auction:hammer', { auctionId, expectedSeq: seq });
      assert.equal((await stack.ended(auctionId)).status, 'sold');
    }
  });
});
