// Bidding as people do it: a lot from its opening to the hammer in three windows, on a phone, with the keyboard alone, in both languages.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { until } from '../integration/support/processes.mjs';
import { verifyChain } from '../integration/support/ledger.mjs';
import { House, LONG, SHORT } from './support/house.mjs';
import { say, yen } from './support/texts.mjs';

describe('bidding', () => {
  let house, stack;
  let sales = 0;
  before(async () => {
    house = await House.start();
    ({ stack } = house);
  });
  afterEach(() => house.clear());
  after(() => house?.stop());

  it('goes from the opening of a lot to the hammer, with every price and standing seen in three windows', async () => {
    const sale = await stack.sale(SHORT);
    const lot = await stack.lot(sale.id, { until: 'schedule' });
    const { lotNumber } = await stack.auction(lot);
    const [aoi, ben] = [await stack.bidder('aoi', sale.id), await stack.bidder('ben', sale.id)];
    const [a, b, office] = await Promise.all([house.person(aoi), house.person(ben, { language: 'en' }), house.person(await stack.office())]);

    await Promise.all([a.go(`/auctions/${lot}`), b.go(`/auctions/${lot}`), office.go(`/console/${sale.id}`)]);
    await Promise.all([a.sees('bidding.hindrance.scheduled'), b.sees('bidding.hindrance.scheduled')]);
    await office.page.getByRole('list', { name: office.say('console.lots') }).getByRole('button').first().click();
    await office.button('console.command.start', { number: lotNumber }).click();
    await office.page.getByRole('dialog').getByRole('button', { name: office.say('console.command.start', { number: lotNumber }) }).click();

    await a.bid(1000000);
    await a.sees('bidding.youLead');
    await Promise.all([b.seesYen(1000000), b.sees('bidding.paddle', { number: aoi.paddle })]);
    await b.bid(1050000);
    await b.sees('bidding.youLead');
    await a.sees('bidding.standing.outbid');
    await Promise.all([a.seesYen(1050000), a.sees('bidding.extended', { count: 2 }), office.sees('bidding.paddle', { number: ben.paddle })]);
    await a.bid(1100000);
    await b.sees('bidding.standing.outbid');

    // Nobody bids any more: the clock runs out, and between its end and the hammer nobody is told a result.
    await Promise.all([a.sees('bidding.hindrance.judging'), b.sees('bidding.hindrance.judging')]);
    await Promise.all([a.sees('bidding.standing.won'), b.sees('bidding.standing.lost')]);
    await office.page.getByRole('list', { name: office.say('console.lots') }).getByText(office.say('bidding.status.sold')).waitFor();

    const auction = await stack.ended(lot);
    assert.deepEqual([auction.status, auction.price, auction.leader, auction.extensions], ['sold', 1100000, aoi.paddle, 3]);
    const events = await stack.ledger(lot);
    assert.deepEqual(events.filter(({ type }) => type === 'bid').map(({ paddle, amount }) => [paddle, amount]), [[aoi.paddle, 1000000], [ben.paddle, 1050000], [aoi.paddle, 1100000]]);
    verifyChain(lot, events);
  });

  /** A lot under the hammer, a buyer at a window on it, and two others who bid by REST in turns. */
  async function underTheHammer(name, options) {
    const sale = await stack.sale({ ...LONG, nameJa: `第${++sales}回市場` });
    const lot = await stack.lot(sale.id);
    const buyer = await stack.bidder(name, sale.id);
    const others = [await stack.bidder('ben', sale.id), await stack.bidder('cleo', sale.id)];
    const bid = async (amount) => {
      others.reverse(); // nobody outbids himself
      (await others[0].api.post(`/api/auctions/${lot}/bids`, { bidId: randomUUID(), amount })).expect(200);
    };
    return { sale, lot, buyer, bid, a: await house.person(buyer, options) };
  }
  const bidsOf = async (lot, { paddle }) => (await stack.ledger(lot)).filter((event) => event.type === 'bid' && event.paddle === paddle).map(({ amount }) => amount);

  it('sends on a phone what stood on the button when the finger went down', async () => {
    const { lot, buyer, bid, a } = await underTheHammer('aoi', { phone: true });
    await a.go(`/auctions/${lot}`);
    await a.bid(1000000);
    await a.sees('bidding.youLead');
    await bid(1050000);
    await a.sees('bidding.standing.outbid');
    const button = a.bidButton(1100000);
    await button.waitFor();
    await a.settled();
    const { x, y, width, height } = await button.boundingBox();
    assert.ok(height >= 44 && width >= 280, `${width} by ${height} to touch`);
    const screen = await a.context.newCDPSession(a.page);
    const touch = (type, ...touchPoints) => screen.send('Input.dispatchTouchEvent', { type, touchPoints });
    await touch('touchStart', { x: x + width / 2, y: y + height / 2 });
    await bid(1100000);
    await a.seesYen(1100000);
    assert.equal(await button.isVisible(), true, 'the amount is held while the finger is down');
    await touch('touchEnd');
    await a.sees('bidding.refused.BID_TOO_LOW', { amount: yen(1150000) });
    assert.deepEqual(await bidsOf(lot, buyer), [1000000]);
    await a.bid(1150000);
    await a.sees('bidding.youLead');
  });

  it('does not send a press that comes with a new amount, and says so', async () => {
    const { lot, buyer, bid, a } = await underTheHammer('aoi', { phone: true });
    await bid(1000000);
    await a.go(`/auctions/${lot}`);
    const button = a.bidButton(1050000);
    await button.waitFor();
    // The finger is already on its way when the amount changes: the press comes in the very moment in which the new one is drawn.
    await button.evaluate((element) => {
      new MutationObserver((_, observer) => {
        observer.disconnect();
        element.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
        element.click();
      }).observe(element, { subtree: true, characterData: true, childList: true });
    });
    await bid(1050000);
    await a.sees('bidding.changed', { from: yen(1050000), to: yen(1100000) });
    assert.deepEqual(await bidsOf(lot, buyer), []);
    await a.bid(1100000);
    await a.sees('bidding.youLead');
    assert.deepEqual(await bidsOf(lot, buyer), [1100000]);
  });

  it('needs no more than the keyboard', async () => {
    const { sale, lot, buyer, a } = await underTheHammer('aoi');
    await a.context.clearCookies();
    a.expects(/ 401/); // of the session that is no more
    const { page } = a;
    const { keyboard } = page;
    await a.go('/');
    await a.tabTo(page.getByRole('banner').getByRole('link', { name: a.say('common.login') }));
    await keyboard.press('Enter');
    await page.getByLabel(a.say('account.email')).waitFor();
    await a.tabTo(page.getByLabel(a.say('account.email')));
    await keyboard.type(buyer.email);
    await a.tabTo(page.getByLabel(a.say('account.password'), { exact: true }));
    await keyboard.type(buyer.password);
    await keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname === '/');
    await a.tabTo(page.getByRole('main').getByRole('link', { name: sale.nameJa }));
    await keyboard.press('Enter');
    await page.waitForURL(`**/sales/${sale.id}`);
    await a.tabTo(page.getByRole('list', { name: a.say('catalogue.list') }).getByRole('link').first());
    await keyboard.press('Enter');
    await page.waitForURL(`**/auctions/${lot}`);
    await a.tabTo(a.bidButton(1000000));
    await keyboard.press('Enter');
    await a.sees('bidding.youLead');
    await a.tabTo(a.button('bidding.own.maximum'));
    await keyboard.press('Enter');
    await a.tabTo(page.getByLabel(a.say('bidding.own.maximum')).last());
    await keyboard.type('150');
    await keyboard.press('Enter');
    await page.getByRole('dialog').getByText('150万円').first().waitFor();
    await a.tabTo(page.getByRole('dialog').getByRole('button', { name: a.say('bidding.own.send') }));
    await keyboard.press('Enter');
    await a.sees('bidding.ownMaximum', { amount: yen(1500000) });
  });

  it('keeps its place when the language changes', async () => {
    const { sale, lot, bid, a } = await underTheHammer('aoi');
    for (let i = 0; i < 30; i++) await stack.lot(sale.id, { until: 'schedule' });
    await a.go(`/sales/${sale.id}?sort=-price&sex=male`);
    const list = (language) => a.page.getByRole('list', { name: say(language, 'catalogue.list') });
    await list('ja').getByRole('listitem').first().waitFor();
    await a.page.evaluate(() => window.scrollTo(0, 700));
    const before = await a.page.evaluate(() => [window.scrollY, location.href]);
    await a.page.getByRole('button', { name: 'English' }).click();
    await list('en').waitFor();
    assert.deepEqual(await a.page.evaluate(() => [window.scrollY, location.href]), before);
    assert.equal(await a.page.evaluate(() => document.documentElement.lang), 'en');
    assert.doesNotMatch(await a.page.locator('main').innerText(), /[ぁ-ん]{2}/);

    await a.go(`/auctions/${lot}`);
    a.language = 'en';
    await a.bidButton(1000000).waitFor();
    await a.button('bidding.own.amount').click();
    const field = a.page.locator('input[inputmode=decimal]').first();
    await field.fill('160');
    await a.page.getByRole('button', { name: '日本語' }).click();
    a.language = 'ja';
    await a.bidButton(1000000).waitFor();
    assert.equal(await field.inputValue(), '160');
    await bid(1000000);
    await a.bid(1050000);
    await a.sees('bidding.youLead');
  });
});
