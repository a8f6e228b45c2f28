// When things go wrong in the midst of a lot: no screen lets anybody bid on what it only remembers, and coming back leaves no hole.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { metric } from '../integration/support/metrics.mjs';
import { Pump } from '../integration/support/pump.mjs';
import { until } from '../integration/support/processes.mjs';
import { Stack } from '../integration/support/stack.mjs';
import { House, LONG } from './support/house.mjs';

const BIDS_PER_MINUTE = 9;

describe('trouble in the midst of a lot', () => {
  let house, stack, sale, others, people;
  before(async () => {
    house = await House.start({ nodes: 3, env: { DRAIN_MS: '1000', BID_LIMIT_PER_MINUTE: `${BIDS_PER_MINUTE}` } });
    ({ stack } = house);
    sale = await stack.sale(LONG);
    others = [await stack.bidder('ben', sale.id), await stack.bidder('cleo', sale.id)];
    people = 0;
  });
  afterEach(() => house.clear());
  after(() => house?.stop());

  /** Somebody new looks at a new lot on which `bids` bids of others stand. */
  async function arrive(bids) {
    const lot = await stack.lot(sale.id);
    const pump = await Pump.start(stack, lot, others, 2);
    await pump.bid(bids);
    const a = await house.person(await stack.bidder(`aoi${++people}`, sale.id));
    await a.go(`/auctions/${lot}`);
    await a.bidButton(pump.price).waitFor();
    return { lot, pump, a };
  }

  /** The history on the screen is that of the ledger, without a hole. */
  async function seesAllBids(a, lot) {
    const bids = (await stack.ledger(lot)).filter(({ type }) => type === 'bid').map(({ amount }) => `¥${amount.toLocaleString('en-US')}`);
    const shown = a.page.getByRole('list', { name: a.say('bidding.history') }).getByRole('listitem');
    await until('the whole history', async () => {
      const amounts = (await shown.allInnerTexts()).map((line) => line.match(/¥[\d,]+/)?.[0]);
      return JSON.stringify(amounts) === JSON.stringify(bids.slice().reverse());
    });
  }

  it('says that it is offline, takes no bid, and resumes without a hole', async () => {
    const { lot, pump, a } = await arrive(2);
    a.expects(/WebSocket connection to .* failed/, /ERR_INTERNET_DISCONNECTED/);
    await a.context.setOffline(true);
    await a.sees('common.connection.offline');
    await a.sees('bidding.stale');
    assert.equal(await a.bidButton(pump.price).isDisabled(), true);
    await a.bidButton(pump.price).click({ force: true });
    await pump.bid(3);
    await a.context.setOffline(false);
    await a.bidButton(pump.price).waitFor();
    await until('the banner to go', async () => !(await a.text('common.connection.offline').isVisible()) && !(await a.text('common.connection.reconnecting').isVisible()));
    await seesAllBids(a, lot);
    await a.bid(pump.price);
    await a.sees('bidding.youLead');
  });

  it('takes no bid from a screen that hears nothing, and says so', async () => {
    const { lot, pump, a } = await arrive(2);
    // Not a break that anybody is told of: the connection stands, and nothing comes.
    house.origin.process.freeze();
    await a.sees('bidding.stale');
    assert.equal(await a.bidButton(pump.price).isDisabled(), true);
    await pump.bid(2);
    house.origin.process.thaw();
    await a.bidButton(pump.price).waitFor();
    await seesAllBids(a, lot);
    await a.bid(pump.price);
    await a.sees('bidding.youLead');
  });

  it('renews the token without losing the connection', async () => {
    const a = await house.person(await stack.bidder('dai', sale.id));
    const lot = await stack.lot(sale.id);
    let renewals = 0;
    // The first token is good for little more than the notice that the server gives; those after it are the server's own.
    await a.page.route('**/api/auth/refresh', async (route) => {
      const response = await route.fetch();
      const session = await response.json();
      const { sub, role, sid } = Stack.claims(session.accessToken);
      if (renewals++ === 0) session.accessToken = stack.forge({ sub, role, sid, exp: Math.floor(Date.now() / 1000) + 63 });
      await route.fulfill({ response, json: session });
    });
    const renewed = new Promise((done) => {
      a.page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => `${payload}`.includes('"auth:refresh"') && done()));
    });
    await a.go(`/auctions/${lot}`);
    await renewed;
    await a.bid(1000000);
    await a.sees('bidding.youLead');
    assert.equal(a.sockets.length, 1);
    assert.equal(a.sockets[0].isClosed(), false);
  });

  it('counts down for whoever has bid too often', async () => {
    const { lot, a } = await arrive(1);
    const elsewhere = await stack.client(a.user);
    for (let i = 0; i < BIDS_PER_MINUTE; i++) assert.equal((await elsewhere.bid(lot, 1)).error?.code, 'BID_TOO_LOW');
    await a.bid(1050000);
    await a.sees('bidding.refused.RATE_LIMITED');
    const [words, rest] = a.say('bidding.hindrance.limited', { seconds: '#' }).split('#');
    const left = async () => Number((await a.page.locator('main').innerText()).split(words)[1]?.split(rest)[0]);
    const first = await until('the countdown', left);
    await until('the countdown to go down', async () => (await left()) < first);
    assert.equal(await a.bidButton(1050000).isVisible(), false);
  });

  it('moves to another node when its own is drained, and when it dies', async () => {
    const lot = await stack.lot(sale.id);
    const [emi, dan] = [await stack.bidder('emi', sale.id), await stack.bidder('dan', sale.id)];
    const connections = async () => new Map(await Promise.all(stack.nodes.filter((node) => !node.exit).map(async (node) => [node, await metric(node, 'seri_connections')])));
    /** The node where there is somebody more than before. */
    const newcomer = (before) => until('a new connection', async () => [...(await connections())].find(([node, count]) => count > before.get(node))?.[0]);
    const a = await house.person(emi);
    a.expects(/WebSocket connection to .* failed/); // a node that is just dying lets nobody in; the next attempt finds another one
    let before = await connections();
    await a.go(`/auctions/${lot}`);
    await a.bid(1000000);
    await a.sees('bidding.youLead');
    const first = await newcomer(before);

    before = await connections();
    await first.stop();
    const second = await newcomer(before);
    assert.notEqual(second, first);
    assert.equal(await a.text('common.connection.reconnecting').isVisible(), false);
    (await dan.api.post(`/api/auctions/${lot}/bids`, { bidId: randomUUID(), amount: 1050000 })).expect(200);
    await a.bid(1100000);
    await a.sees('bidding.youLead');

    before = await connections();
    await stack.killNode(second);
    assert.notEqual(await newcomer(before), second);
    (await dan.api.post(`/api/auctions/${lot}/bids`, { bidId: randomUUID(), amount: 1150000 })).expect(200);
    await a.bid(1200000);
    await a.sees('bidding.youLead');
    await seesAllBids(a, lot);
  });
});
