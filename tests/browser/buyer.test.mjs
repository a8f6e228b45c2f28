// What buyers meet beside the bid itself: a telephone scrolled down to the horse, a device whose clock is wrong, several lots at once, a
// catalogue of a thousand.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { until } from '../integration/support/processes.mjs';
import { House, LONG } from './support/house.mjs';
import { yen } from './support/texts.mjs';

const LOTS = 1000;

describe("a buyer's screens", () => {
  let house, stack, sale, buyer, other;
  before(async () => {
    house = await House.start();
    ({ stack } = house);
    sale = await stack.sale(LONG);
    buyer = await stack.bidder('aoi', sale.id);
    other = await stack.bidder('ben', sale.id);
  });
  afterEach(() => house.clear());
  after(() => house?.stop());

  const bid = async (lot, amount) => (await other.api.post(`/api/auctions/${lot}/bids`, { bidId: randomUUID(), amount })).expect(200);
  const top = (locator) => locator.evaluate((element) => element.getBoundingClientRect().top);

  it('keep price, time and standing in sight on a phone, beneath which nothing that has the focus is hidden', async () => {
    const lot = await stack.lot(sale.id);
    const a = await house.person(buyer, { phone: true });
    const { page } = a;
    await a.go(`/auctions/${lot}`);
    await a.bid(1000000);
    await a.sees('bidding.youLead');
    await page.getByRole('heading', { name: a.say('catalogue.documents.title') }).scrollIntoViewIfNeeded();
    const { lotNumber } = await stack.auction(lot);
    const bar = page.getByRole('region', { name: a.say('bidding.bar', { number: lotNumber }) });
    await bar.getByText(a.say('bidding.standing.leading')).waitFor();
    await bid(lot, 1050000);
    await bar.getByText(yen(1050000)).waitFor();
    await bar.getByText(a.say('bidding.standing.outbid')).waitFor();
    await bar.getByRole('timer').waitFor();
    assert.equal(await bar.getByRole('button').count(), 1, 'there is nothing on it to bid with');

    // All the way round by Tab: what has the focus is never wholly under a bar.
    await page.evaluate(() => window.scrollTo(0, 0));
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab');
      const hidden = await page.evaluate(async () => {
        await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        const element = document.activeElement;
        const { left, right, top, bottom } = element.getBoundingClientRect();
        const at = [top + 2, (top + bottom) / 2, bottom - 2].flatMap((y) => [left + 2, (left + right) / 2, right - 2].map((x) => document.elementFromPoint(x, y)));
        return element === document.body || at.some((one) => one && (element.contains(one) || one.contains(element))) ? null : element.outerHTML.slice(0, 200);
      });
      assert.equal(hidden, null);
    }

    await page.getByRole('heading', { name: a.say('catalogue.documents.title') }).scrollIntoViewIfNeeded();
    await bar.getByRole('button').tap();
    await bar.waitFor({ state: 'detached' });
    await a.bidButton(1100000).waitFor();
    await page.keyboard.press('Enter'); // a second press of whoever came by the keyboard
    assert.equal((await stack.auction(lot)).price, 1050000);
    await page.keyboard.press('Tab');
    assert.equal(await a.bidButton(1100000).evaluate((element) => element === document.activeElement), true);
  });

  it('count down by the clock of the server, though that of the device is hours off', async () => {
    const own = await stack.sale({ durationMs: 8000, extensionWindowMs: 1000, extensionMs: 1000, lateMs: 1000, closeGraceMs: 3000 });
    const lot = await stack.lot(own.id, { until: 'schedule' });
    for (const hours of [-5, 5]) {
      const watched = hours < 0 ? lot : await stack.lot(own.id, { until: 'schedule' });
      const a = await house.person(null);
      await a.page.addInitScript((off) => {
        const { now } = Date;
        window.trueNow = now.bind(Date);
        Date.now = () => now.call(Date) + off;
      }, hours * 3_600_000);
      await a.go(`/auctions/${watched}`);
      await a.sees('bidding.hindrance.visitor');
      await stack.command(watched, 'start');
      await a.page.locator('.left').getByText(/^0:0\d\.\d$/).waitFor();
      // Each tenth as it appears, and when that was by the clock of this machine, which is the server's.
      const seen = await a.page.evaluate(
        () =>
          new Promise((done) => {
            const clock = document.querySelector('.panel .left');
            const all = [];
            const observer = new MutationObserver(() => {
              all.push([clock.textContent, window.trueNow()]);
              if (all.length === 30) done((observer.disconnect(), all));
            });
            observer.observe(clock, { subtree: true, characterData: true, childList: true });
          }),
      );
      const { endsAtMs } = await stack.auction(watched);
      const off = seen.map(([text, at]) => endsAtMs - at - Number(text.split(':')[1]) * 1000).sort((x, y) => x - y);
      // The first drawing of a tenth is a frame late at the most; a busy machine drops frames, so the middle one counts.
      assert.ok(Math.abs(off[15]) <= 50, `${off}`);
      assert.deepEqual(seen.map(([text]) => text), seen.map(([text]) => text).sort().reverse(), 'it only goes down');
    }
  });

  it('stay where they are under a finger, whatever is to be said', async () => {
    const lots = [await stack.lot(sale.id), await stack.lot(sale.id), await stack.lot(sale.id)];
    const a = await house.person(buyer, { phone: true });
    a.expects(/WebSocket connection to .* failed/, /ERR_INTERNET_DISCONNECTED/);
    await a.page.addInitScript((ids) => localStorage.setItem('seri-board', JSON.stringify(ids)), lots);
    await a.go('/my/lots');
    const tile = (n) => a.page.locator('.tile').nth(n);
    await tile(2).locator('.bid').waitFor();
    await a.settled();
    const places = () => Promise.all([0, 1, 2].flatMap((n) => [top(tile(n).locator('.place')), top(tile(n).getByRole('button', { name: a.say('bidding.own.maximum') }))]));
    const before = await places();
    const same = async (when) => assert.deepEqual(await places(), before, when);

    await tile(0).locator('.bid').tap();
    await tile(0).getByText(a.say('bidding.youLead')).waitFor();
    assert.match(await tile(0).innerText(), new RegExp(a.say('bidding.ownAmount', { amount: yen(1000000) })));
    assert.doesNotMatch(await tile(0).locator('.facts').innerText(), new RegExp(a.say('bidding.ownMaximum', { amount: '' }).slice(0, 4)), 'no maximum was left');
    await same('leading');
    await bid(lots[0], 1050000);
    await tile(0).getByText(a.say('bidding.standing.outbid')).waitFor();
    await same('outbid');
    await stack.command(lots[0], 'message', { text: 'ほかにございませんか。'.repeat(12) });
    await tile(0).getByText('ほかにございませんか').waitFor();
    await same('a long message');
    await stack.command(lots[1], 'pause', { reason: '確認' });
    await tile(1).getByText(a.say('bidding.hindrance.paused')).waitFor();
    await same('paused');
    await a.context.setOffline(true);
    await a.sees('common.connection.offline');
    await tile(2).getByText(a.say('bidding.stale')).waitFor();
    await same('offline');
    await a.context.setOffline(false);
    await tile(2).getByText(a.say('bidding.stale')).waitFor({ state: 'detached' });

    await tile(2).getByRole('button', { name: a.say('bidding.own.maximum') }).tap();
    await tile(2).getByLabel(a.say('bidding.own.maximum')).last().fill('150');
    await tile(2).getByRole('button', { name: a.say('bidding.own.check') }).tap();
    await a.settled();
    await a.page.getByRole('dialog').getByRole('button', { name: a.say('bidding.own.send') }).tap();
    await tile(2).getByText(a.say('bidding.ownMaximum', { amount: yen(1500000) })).waitFor();
  });

  it('say once that there is no such lot, with a way on', async () => {
    const a = await house.person(buyer);
    a.expects(/ 404/);
    for (const [path, title] of [['/auctions/999999', 'bidding.unknown.title'], ['/auctions/abc', 'common.notFound.title']]) {
      await a.go(path);
      await a.page.getByRole('heading', { name: a.say(title) }).waitFor();
      await a.atRest();
      assert.equal(await a.page.getByRole('alert').filter({ hasText: /./ }).count(), 0);
      await a.page.getByRole('main').getByRole('link', { name: a.say('common.nav.sales') }).click();
      await a.page.waitForURL((url) => url.pathname === '/');
    }
  });

  it('find their place again in a catalogue of a thousand, with what was looked for', async () => {
    const big = await stack.sale(LONG);
    const office = await stack.office();
    const rows = Array.from({ length: LOTS }, (_, i) => `${i + 1},${i % 2 ? '牝' : '牡'},鹿毛,2025-03-09,サイノチチ,ハハ${i + 1},${1000000 + ((i * 7919) % 900) * 100000}`);
    const file = `lot_number,sex,coat_colour,foaled_on,sire_ja,dam_ja,start_price\n${rows.join('\n')}\n`;
    const answer = await fetch(`${house.url}/api/sales/${big.id}/lots`, { method: 'POST', headers: { 'Content-Type': 'text/csv', Authorization: `Bearer ${office.token}` }, body: file });
    assert.equal((await answer.json()).lots, LOTS);
    const a = await house.person(office); // the lots are drafts, which nobody else sees
    const { page } = a;
    await a.go(`/sales/${big.id}?sex=female&sort=-price`);
    const list = page.getByRole('list', { name: a.say('catalogue.list') });
    await until('all of them', async () => (await list.getByRole('listitem').first().getAttribute('aria-setsize')) === `${LOTS / 2}`);
    assert.ok((await list.getByRole('listitem').count()) < 40, 'no more rows than can be seen');
    await page.evaluate(() => window.scrollTo(0, 20000));
    const shown = () => list.getByRole('listitem').evaluateAll((all) => all.filter((row) => row.getBoundingClientRect().top > 200).map((row) => row.dataset.at)[0]);
    await until('the rows there', async () => Number(await shown()) > 200);
    const before = [await shown(), await page.evaluate(() => [window.scrollY, location.search])];
    await list.locator(`[data-at="${before[0]}"] a`).click();
    await page.waitForURL('**/auctions/*');
    await a.atRest();
    await page.goBack();
    await list.waitFor();
    await until('the same place', async () => (await shown()) === before[0]);
    assert.deepEqual(await page.evaluate(() => [window.scrollY, location.search]), before[1]);

    // By the keyboard from row to row, each of them in sight.
    const focus = () => page.evaluate(() => Number(document.activeElement.closest('[data-at]')?.dataset.at));
    const at = Number(before[0]);
    await list.locator(`[data-at="${at}"] a`).focus();
    for (const [key, to] of [['ArrowDown', at + 1], ['PageDown', at + 9], ['ArrowUp', at + 8], ['Home', 0], ['End', LOTS / 2 - 1]]) {
      await page.keyboard.press(key);
      await until(`${key} to lead to ${to}`, async () => (await focus()) === to);
      const inSight = await page.evaluate(() => {
        const { left, top, bottom } = document.activeElement.getBoundingClientRect();
        const there = document.elementFromPoint(left + 4, (top + bottom) / 2)?.closest('[data-at]');
        return there !== null && there === document.activeElement.closest('[data-at]');
      });
      assert.ok(inSight, key);
    }
    // Another wish begins at the beginning.
    await page.getByRole('searchbox').fill('ハハ１０');
    await until('what was found', async () => (await shown()) === '0' || (await page.evaluate(() => window.scrollY)) < 300);
  });
});
