// From an address to a bid: an account, the letter that confirms it, the application to a sale, the office's word, and the first bid.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { simpleParser } from 'mailparser';
import { until } from '../integration/support/processes.mjs';
import { House, LONG } from './support/house.mjs';
import { yen } from './support/texts.mjs';

describe('a new buyer', () => {
  let house, stack;
  before(async () => {
    house = await House.start({ nodes: 1 });
    ({ stack } = house);
  });
  afterEach(() => house.clear());
  after(() => house?.stop());

  /** The link of the newest letter to this address. */
  const linkTo = (address) =>
    until(`a letter to ${address}`, async () => {
      const folder = join(stack.folder.path, 'mail');
      const letters = await Promise.all(readdirSync(folder).filter((name) => name.endsWith('.eml')).map((name) => simpleParser(readFileSync(join(folder, name)))));
      return letters.find(({ to }) => to.text.includes(address))?.text.match(/^http\S+$/m)?.[0];
    });

  it('registers, confirms the address, applies, is approved, and bids', async () => {
    const sale = await stack.sale({ ...LONG, termsVersion: '2026-1' });
    const lot = await stack.lot(sale.id);
    const email = 'fumi@example.test';
    const password = 'long enough to be good';
    const fumi = await house.person(null);
    const { page } = fumi;

    await fumi.go(`/register`);
    await page.getByLabel(fumi.say('account.name')).fill('北海道 ふみ');
    await page.getByLabel(fumi.say('account.email')).fill(email);
    await page.getByLabel(fumi.say('account.password'), { exact: true }).fill(password);
    await fumi.button('account.register.submit').click();
    await fumi.sees('account.letterSentTo', { email });

    await fumi.go(await linkTo(email));
    await fumi.sees('account.confirm.done');
    assert.equal(new URL(page.url()).search, '', 'the token of the letter is not left in the address');
    await page.getByRole('link', { name: fumi.say('account.login.link') }).click();
    await page.getByLabel(fumi.say('account.email')).fill(email);
    await page.getByLabel(fumi.say('account.password'), { exact: true }).fill('wrong but as long as');
    fumi.expects(/ 401/);
    await page.locator('main').getByRole('button', { name: fumi.say('common.login') }).click();
    await page.getByRole('alert').filter({ hasText: /./ }).first().waitFor();
    await page.getByLabel(fumi.say('account.password'), { exact: true }).fill(password);
    await page.locator('main').getByRole('button', { name: fumi.say('common.login') }).click();
    await page.waitForURL((url) => url.pathname === '/');

    await fumi.go(`/auctions/${lot}`);
    await fumi.sees('bidding.hindrance.notApproved');
    await fumi.go(`/sales/${sale.id}/registration`);
    await page.getByLabel(fumi.say('account.registration.invoiceName')).fill('北海道 ふみ');
    await page.getByLabel(fumi.say('account.registration.invoiceAddress')).fill('北海道新ひだか町静内 1-2-3');
    await page.getByLabel(fumi.say('account.registration.terms', { version: '2026-1' })).check();
    await page.getByLabel(fumi.say('account.registration.noAntisocialForces')).check();
    await fumi.button('account.registration.submit').click();
    await fumi.sees('account.registration.meaning.applied');

    const office = await stack.office();
    const [{ userId }] = (await office.api.get(`/api/sales/${sale.id}/registrations`)).expect(200).items;
    (await office.api.patch(`/api/sales/${sale.id}/registrations/${userId}`, { status: 'approved', creditLimit: 20000000 }, '*')).expect(200);
    await fumi.sees('account.registration.meaning.approved'); // without asking again

    await fumi.go(`/auctions/${lot}`);
    await fumi.bid(1000000);
    await fumi.sees('bidding.youLead');
    await fumi.sees('bidding.credit', { amount: yen(19000000) });
  });
});
