// The office's pages as its clerks and the auctioneer work with them: what colleagues do meanwhile, a session that ends, what is not there,
// and a console whose hand and whose keyboard stay where they are.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { randomUUID } from 'node:crypto';
import { until } from '../integration/support/processes.mjs';
import { House, LONG } from './support/house.mjs';
import { yen } from './support/texts.mjs';

const MISSING = 999999;
const REPORT = '%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n';

describe('the office', () => {
  let house, stack, office, operator;
  before(async () => {
    house = await House.start({ nodes: 1 });
    ({ stack } = house);
    office = await stack.office();
    operator = await stack.user('operator', 'admin');
  });
  afterEach(() => house.clear());
  after(() => house?.stop());

  it('says once that something is not there, and leads on', async () => {
    const clerk = await house.person(operator);
    clerk.expects(/answer 404/, /console: .* 404 /);
    for (const path of ['sales/', 'sales/*/settings', 'horses/', 'parties/', 'users/', 'results/', 'registrations/', 'lots/*/course', '/console/'].map((one) => (one.includes('*') ? one.replace('*', MISSING) : one + MISSING))) {
      await clerk.go(path.startsWith('/') ? path : `/office/${path}`);
      await clerk.sees('office.missing.title');
      const alerts = clerk.page.getByRole('main').getByRole('alert');
      assert.equal(await alerts.count(), 1, path);
      await alerts.getByRole('link').click();
      await until('another page', () => !clerk.page.url().includes(MISSING));
    }
  });

  it("shows a draft as a colleague has changed it, and no more when it was deleted", async () => {
    const sale = await stack.sale(LONG);
    const [changed, deleted] = [await stack.lot(sale.id, { until: 'draft' }), await stack.lot(sale.id, { until: 'draft' })];
    const clerk = await house.person(office);
    await clerk.go(`/office/sales/${sale.id}`);
    const lots = clerk.page.getByRole('list', { name: clerk.say('catalogue.list') }).getByRole('listitem');
    await until('both drafts', async () => (await lots.count()) === 2);
    (await office.api.patch(`/api/auctions/${changed}`, { startPrice: 3450000 }, '*')).expect(200);
    await lots.getByText(yen(3450000)).waitFor();
    await lots.nth(1).getByRole('button').last().click();
    (await office.api.request('DELETE', `/api/auctions/${deleted}`, { headers: { 'if-match': '*' } })).expect(204);
    await clerk.sees('officeSale.lot.overtaken.gone');
    await clerk.button('common.close').click();
    await until('one draft', async () => (await lots.count()) === 1);
  });

  it('keeps what was typed when a colleague saved first, and asks before it is left', async () => {
    const sale = await stack.sale({ nameJa: '前の名前' });
    const clerk = await house.person(office);
    clerk.expects(/answer 412/, /console: .* 412 /);
    await clerk.go(`/office/sales/${sale.id}/settings`);
    const name = clerk.page.getByLabel(clerk.say('officeSale.field.nameJa'));
    await name.fill('わたしの名前');
    (await office.api.patch(`/api/sales/${sale.id}`, { nameJa: '同僚の名前' }, '*')).expect(200);
    await clerk.button('office.edit.save').click();
    await clerk.sees('office.edit.clash.title');
    await clerk.page.getByRole('definition').getByText('同僚の名前').waitFor();
    assert.equal(await name.inputValue(), 'わたしの名前');
    const asked = [];
    clerk.page.once('dialog', (dialog) => {
      asked.push(dialog.message());
      return dialog.dismiss();
    });
    await clerk.page.getByRole('link', { name: clerk.say('officeSale.tab.lots'), exact: true }).click();
    await until('the question', () => asked.length === 1);
    assert.equal(asked[0], clerk.say('office.edit.leave'));
    assert.equal(await name.inputValue(), 'わたしの名前');
    await clerk.button('office.edit.save').click();
    await clerk.sees('office.edit.saved');
    assert.equal((await office.api.get(`/api/sales/${sale.id}`)).json.nameJa, 'わたしの名前');
  });

  it('lets one log in over the page when the session has ended, with all that is typed', async () => {
    const sale = await stack.sale();
    const user = await stack.user('clerk', 'auctioneer');
    const clerk = await house.person(user);
    clerk.expects(/answer 401/, /console: .* 401 /);
    await clerk.go(`/office/sales/${sale.id}/settings`);
    const name = clerk.page.getByLabel(clerk.say('officeSale.field.nameJa'));
    await name.fill('まだ保存していない名前');
    (await operator.api.request('DELETE', `/api/users/${user.id}/sessions`)).expect(204);
    await until('the session to be over', async () => {
      if (await clerk.text('office.session.title').isVisible()) return true;
      await clerk.button('office.edit.save').click({ timeout: 500 }).catch(() => {});
      return false;
    });
    await clerk.page.getByLabel(clerk.say('office.session.password')).fill(user.password);
    await clerk.page.keyboard.press('Enter');
    await clerk.text('office.session.title').waitFor({ state: 'hidden' });
    assert.equal(await name.inputValue(), 'まだ保存していない名前');
    await clerk.button('office.edit.save').click();
    await clerk.sees('office.edit.saved');
  });

  it('says who may not bid on a consignor’s lots, and who opened a private paper', async () => {
    const sale = await stack.sale(LONG);
    const bidder = await stack.bidder('aoi', sale.id);
    const lot = await stack.lot(sale.id, { consignor: '長沢牧場' });
    const bid = () => bidder.api.post(`/api/auctions/${lot}/bids`, { bidId: randomUUID(), amount: 1000000 });
    const clerk = await house.person(operator);
    await clerk.go('/office/parties');
    await clerk.page.getByRole('link', { name: '長沢牧場' }).click();
    await clerk.sees('officeParty.users.none');
    await clerk.page.getByRole('combobox', { name: clerk.say('officeParty.users.find') }).fill('aoi@');
    await clerk.page.getByRole('option').first().click();
    await clerk.button('officeParty.users.add').click();
    await clerk.button('officeParty.users.removeThis', { name: 'aoi' }).waitFor();
    (await bid()).refused('OWN_LOT');
    await clerk.button('officeParty.users.removeThis', { name: 'aoi' }).focus();
    await clerk.page.keyboard.press('Enter');
    await clerk.text('officeParty.users.removeText', { name: 'aoi', party: '長沢牧場' }).waitFor();
    await clerk.page.getByRole('dialog').getByRole('button', { name: clerk.say('officeParty.users.remove') }).click();
    await clerk.sees('officeParty.users.none');
    await until('the bid to be taken', async () => (await bid()).status === 200);

    const { horse } = await stack.auction(lot);
    const medium = (await office.api.request('POST', `/api/horses/${horse.id}/media?kind=vet_report`, { body: REPORT, headers: { 'content-type': 'application/pdf' } })).expect(201);
    const link = (await bidder.api.request('POST', `/api/media/${medium.id}/link`)).expect(201);
    await (await fetch(new URL(link.url, stack.api.origin))).arrayBuffer();
    await clerk.go(`/office/horses/${horse.id}/media`);
    const what = clerk.say('catalogue.documents.kind.vet_report');
    await clerk.button('officeHorse.media.viewsOf', { what, count: 1 }).click();
    await clerk.page.getByRole('dialog').getByText('aoi@example.test').waitFor();
  });

  it('has a console whose hand and whose keyboard stay on their lot, whatever the others do', async () => {
    const sale = await stack.sale({ ...LONG, pacingMode: 'manual' });
    const [first, second, third] = [await stack.lot(sale.id), await stack.lot(sale.id), await stack.lot(sale.id)];
    const numbers = await Promise.all([first, second, third].map(async (id) => (await stack.auction(id)).lotNumber));
    const auctioneer = await house.person(office);
    await auctioneer.go(`/console/${sale.id}`);
    const tiles = auctioneer.page.getByRole('region', { name: auctioneer.say('console.running') }).getByRole('button');
    await until('the tiles', async () => (await tiles.count()) === 3);
    const tile = (number) => tiles.filter({ has: auctioneer.page.locator('.number', { hasText: new RegExp(`${number}$`) }) });
    const order = async () => (await tiles.locator('.number').allInnerTexts()).map((text) => Number(text.match(/\d+$/)));
    const inHand = async () => Number((await auctioneer.page.locator('h2.number').innerText()).match(/\d+$/));
    const focused = () => auctioneer.page.evaluate(() => document.activeElement?.textContent ?? '');
    await auctioneer.tabTo(tile(numbers[1]));
    await auctioneer.page.keyboard.press('Enter');
    await until('the second in hand', async () => (await inHand()) === numbers[1]);
    assert.equal(await auctioneer.button('console.resumeAll').isDisabled(), true, 'nothing is paused');

    await stack.command(second, 'extend', { byMs: 600000 });
    await until('it to be the last', async () => (await order()).at(-1) === numbers[1]);
    assert.match(await focused(), new RegExp(`${numbers[1]}`));
    await stack.command(first, 'extend', { byMs: 1200000 });
    await until('the first to be the last', async () => (await order()).at(-1) === numbers[0]);
    assert.match(await focused(), new RegExp(`${numbers[1]}`));
    assert.equal(await inHand(), numbers[1]);

    await auctioneer.page.keyboard.press('p');
    await auctioneer.button('console.command.resume', { number: numbers[1] }).waitFor();
    await until('what is paused to be resumable', async () => !(await auctioneer.button('console.resumeAll').isDisabled()));
    await auctioneer.tabTo(auctioneer.button('console.resumeAll'), 90);
    await auctioneer.page.keyboard.press('Enter');
    await auctioneer.sees('console.sure.resumeAll', { count: 1 });
    await auctioneer.page.keyboard.press('Enter');
    await auctioneer.button('console.command.pause', { number: numbers[1] }).waitFor();
    await until('nothing to be paused', () => auctioneer.button('console.resumeAll').isDisabled());

    const { seq } = await stack.auction(second);
    await stack.command(second, 'withdraw', { expectedSeq: seq, reason: '欠場' });
    await until('it to be over', async () => (await tiles.count()) === 2);
    assert.equal(await inHand(), numbers[1], 'a lot that has ended stays in hand');
    for (const id of [first, third]) await stack.command(id, 'pause');
    await until('nothing to pause', () => auctioneer.button('console.pauseAll').isDisabled());
  });

  it('takes the commands of a lot by their keys, asks once where it should, and shows who gave it', async () => {
    const sale = await stack.sale({ ...LONG, pacingMode: 'manual' });
    const lot = await stack.lot(sale.id, { until: 'schedule', startPrice: 2000000, reservePrice: 3000000 });
    const bidder = await stack.bidder('keys', sale.id);
    const number = stack.lotNumber;
    const auctioneer = await house.person(office);
    const { keyboard } = auctioneer.page;
    const events = async () => (await stack.ledger(lot)).map(({ type }) => type);
    const last = (type) => until(`${type} in the ledger`, async () => (await events()).at(-1) === type);
    const dialog = auctioneer.page.getByRole('dialog');
    /** Presses the key, answers the question that follows if there is one: with these words and Enter. */
    let given = 0;
    async function give(name, key, type, answer) {
      given += 1;
      await auctioneer.button(`console.command.${name}`, { number }).waitFor();
      await keyboard.press(key);
      if (answer !== undefined) {
        await dialog.getByText(auctioneer.say(`console.command.${name}`, { number })).first().waitFor();
        await until('the question to have the focus', () => dialog.evaluate((asked) => asked.contains(document.activeElement) && document.activeElement.matches('input, button')));
        await keyboard.type(answer);
        await keyboard.press('Enter');
        await dialog.waitFor({ state: 'hidden' });
      }
      await last(type);
    }
    await auctioneer.go(`/console/${sale.id}`);
    await auctioneer.button('console.nextLot', { number }).waitFor();
    await keyboard.press('n');
    await give('reserve', 'v', 'sealed', '250');
    await give('start', 'o', 'started', '');
    await give('startPrice', 'l', 'step_changed', '150');
    await give('step', 's', 'step_changed', '20');
    await give('extend', 'e', 'extended');
    await give('extendBy', 't', 'extended', '');
    await give('message', 'm', 'message', 'ほかにございませんか');
    (await bidder.api.post(`/api/auctions/${lot}/bids`, { bidId: randomUUID(), amount: 1500000 })).expect(200);
    await last('bid');
    const passing = auctioneer.button('console.command.pass', { number });
    await passing.focus();
    await keyboard.press('Enter');
    await dialog.waitFor();
    await keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await until('the focus on the button that asked', () => passing.evaluate((button) => button === document.activeElement));
    await give('undo', 'u', 'bid_retracted', '言い間違い');
    await give('warn', 'w', 'warned');
    await give('pause', 'p', 'paused');
    await give('resume', 'r', 'resumed');
    await give('pass', 'x', 'passed', '声なし');
    await give('reopen', 'b', 'reopened', '申し出があった');
    await give('withdraw', 'd', 'withdrawn', '怪我');
    const log = auctioneer.page.getByRole('log', { name: auctioneer.say('console.done') }).getByRole('listitem');
    await until('all of them in the log', async () => (await log.count()) === given + 1); // and that it was scheduled
    for (const line of await log.allInnerTexts()) {
      assert.match(line, new RegExp(`${number}`));
      assert.ok(line.includes(auctioneer.say('console.byYou')), line);
    }
    assert.equal((await stack.auction(lot)).status, 'withdrawn');
  });
});
