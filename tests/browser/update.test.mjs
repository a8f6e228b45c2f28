// A newer client is put in its place while pages are open: who has one open goes on with it, and changes over by their own word alone.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { House, LONG } from './support/house.mjs';

describe('a newer client', () => {
  let house, stack;
  let builds = 0;
  before(async () => {
    house = await House.start({ nodes: 1 });
    ({ stack } = house);
  });
  afterEach(() => house.clear());
  after(() => house?.stop());

  /** As another build is: every part has another name and the old ones are gone, the page and the list of its parts name the new ones. */
  function deploy() {
    const html = join(stack.folder.path, 'nginx/html');
    const assets = join(html, 'assets');
    const build = ++builds;
    const newer = (name) => name.replace(/(\.\w+)$/, `-${build}$1`);
    const names = readdirSync(assets);
    const all = new RegExp(names.map((name) => name.replace(/[.$]/g, '\\$&')).join('|'), 'g');
    const rewrite = (file, more = (text) => text) => writeFileSync(file, more(readFileSync(file, 'utf8').replace(all, newer)));
    for (const name of names) {
      if (/\.(js|css)$/.test(name)) rewrite(join(assets, name));
      renameSync(join(assets, name), join(assets, newer(name)));
    }
    rewrite(join(html, 'index.html'), (text) => text.replace(/<html[^>]*>/, `<html lang="ja" data-build="${build}">`));
    rewrite(join(html, 'sw.js'), (text) => text.replace(/revision:"\w{4}/g, `revision:"${String(build).padStart(4, '0')}`));
  }
  const buildOf = (page) => page.evaluate(() => Number(document.documentElement.dataset.build ?? 0));
  const lookForNewer = (page) => page.evaluate(async () => void (await (await navigator.serviceWorker.getRegistration()).update()));
  const push = (page, path) => page.evaluate((to) => document.querySelector('#app').__vue_app__.config.globalProperties.$router.push(to), path);

  it('interrupts no bid, leaves the old one whole, and is there when one says so', async () => {
    const sale = await stack.sale(LONG);
    const lot = await stack.lot(sale.id);
    const a = await house.person(await stack.bidder('aoi', sale.id), { workers: true });
    const { page } = a;
    await a.go('/');
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    const bidding = await a.context.newPage();
    await bidding.goto(`/auctions/${lot}`);
    const bid = (amount) => bidding.getByRole('button', { name: a.say('bidding.bidAt', { amount: `¥${amount.toLocaleString('en-US')}` }) });
    await bid(1000000).waitFor();
    await bidding.evaluate(() => (window.untouched = true));
    const before = await buildOf(page);

    deploy();
    await lookForNewer(page);
    await a.sees('common.update.text');
    assert.equal(await bidding.getByText(a.say('common.update.text')).count(), 0, 'nothing is laid over the bidding');

    // A part that this page had not loaded, and that is not on the server any more.
    await push(page, '/notifications');
    await page.getByRole('heading', { level: 1, name: a.say('notifications.title') }).waitFor();
    assert.equal(await buildOf(page), before);

    await Promise.all([page.waitForEvent('load'), a.button('common.update.now').click()]);
    await page.getByRole('heading', { level: 1, name: a.say('notifications.title') }).waitFor();
    assert.equal(await buildOf(page), before + 1);

    assert.equal(await bidding.evaluate(() => window.untouched), true, 'what one window chooses does not reload another');
    await a.settled();
    await bid(1000000).click();
    await bidding.getByText(a.say('bidding.youLead')).first().waitFor();
    // Its parts are neither on the server now nor among what is kept; the next page is there all the same.
    await push(bidding, '/account');
    await bidding.getByRole('heading', { level: 1, name: a.say('account.title') }).waitFor();
  });

  it('comes with the next page where the browser keeps nothing', async () => {
    const visitor = await house.person(null);
    visitor.expects(/\/assets\//); // the part of the old client that the server does not have
    const { page } = visitor;
    await visitor.go('/');
    await visitor.atRest();
    const before = await buildOf(page);
    deploy();
    await page.getByRole('banner').getByRole('link', { name: visitor.say('common.login') }).click();
    await page.getByRole('heading', { level: 1, name: visitor.say('account.login.title') }).waitFor();
    assert.equal(await buildOf(page), before + 1);
  });
});
