// From an address to a bid: an account, the letter that confirms it, the application to a sale, the office's word, and the first bid.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { simpleParser } from 'mailparser';
import { until } from '../integration/support/processes.mjs';
import { House, LONG } from './support/house.mjs';
import { yen } from './support/texts.mjs';

describe('an account', () => {
  let house, stack;
  before(async () => {
    house = await House.start({ nodes: 1, env: { LIMIT_LOGIN_PER_MINUTE: '4' } });
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

  /** Fills in who one is, and sends it. */
  async function login(person, email, password) {
    const { page } = person;
    await page.getByLabel(person.say('account.email')).fill(email);
    await page.getByLabel(person.say('account.password'), { exact: true }).fill(password);
    await page.locator('main').getByRole('button', { name: person.say('common.login') }).click();
  }

  it('takes a new buyer from an address to a bid: register, confirm, apply, be approved', async () => {
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
    await page.locator('.spoken[role=status]').getByText(email).waitFor(); // and hears

    await fumi.go(await linkTo(email));
    await fumi.sees('account.confirm.done');
    assert.equal(new URL(page.url()).search, '', 'the token of the letter is not left in the address');
    await page.getByRole('link', { name: fumi.say('account.login.link') }).click();
    fumi.expects(/ 401/);
    await login(fumi, email, 'wrong but as long as');
    await page.getByRole('alert').filter({ hasText: /./ }).first().waitFor();
    await login(fumi, email, password);
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

    // A dialog takes the focus, goes by Escape, and gives the focus back.
    const withdraw = fumi.button('account.registration.withdraw');
    await fumi.tabTo(withdraw);
    await page.keyboard.press('Enter');
    await until('the focus in the dialog', () => page.evaluate(() => document.activeElement.closest('.v-dialog') !== null));
    await page.keyboard.press('Escape');
    await until('the focus where it was', () => withdraw.evaluate((element) => element === document.activeElement));

    await fumi.go(`/auctions/${lot}`);
    await fumi.bid(1000000);
    await fumi.sees('bidding.youLead');
    await fumi.sees('bidding.credit', { amount: yen(19000000) });
  });

  it('leaves nothing on the device that a script could take', async () => {
    const { page, context } = await house.person(await stack.user('gen'));
    await page.goto('/account');
    await page.getByRole('heading', { level: 1 }).waitFor();
    const kept = await page.evaluate(() => [document.cookie, JSON.stringify({ ...sessionStorage }), JSON.stringify({ ...localStorage })].join());
    assert.doesNotMatch(kept, /eyJ|[\w-]{40}/, 'no token');
    const [cookie, ...others] = await context.cookies();
    assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite, cookie.path, others], ['seri_refresh', true, 'Strict', '/api/auth', []]);
  });

  it('says which field is wrong, and leads to it', async () => {
    const person = await house.person(null, { language: 'en' });
    person.expects(/ 400/);
    const { page } = person;
    await person.go('/register');
    await page.getByLabel(person.say('account.name')).fill('Hana');
    await page.getByLabel(person.say('account.email')).fill('hana@example.test');
    await page.getByLabel(person.say('account.password'), { exact: true }).fill('short');
    await person.button('account.register.submit').click();
    await person.sees('common.problem.INVALID_MESSAGE');
    const field = page.getByLabel(person.say('account.password'), { exact: true });
    await until('the focus in the field', () => field.evaluate((element) => element === document.activeElement));
    assert.match(await page.locator(`[id="${await field.getAttribute('aria-describedby')}"]`).innerText(), /10/);
  });

  it('counts down for whoever has tried too often to log in', async () => {
    const person = await house.person(null);
    person.expects(/ 401/, / 429/);
    const { page } = person;
    const [before, after] = person.say('common.wait', { seconds: '#' }).split('#');
    const left = async () => Number((await page.getByRole('alert').filter({ hasText: before }).innerText({ timeout: 300 }).catch(() => '')).split(before)[1]?.split(after)[0]);
    await person.go('/login');
    const first = await until('the limit', async () => {
      await login(person, 'nobody@example.test', 'as good as any other');
      await person.atRest();
      return left();
    });
    await until('the countdown to go down', async () => (await left()) < first);
  });

  it('that is logged out from elsewhere is told so, and comes back to where it was', async () => {
    const ivo = await stack.user('ivo');
    const person = await house.person(ivo);
    person.expects(/ 401/);
    const { page } = person;
    await person.go('/account');
    await page.getByRole('heading', { level: 1, name: person.say('account.title') }).waitFor();
    await person.atRest();
    (await ivo.api.request('DELETE', '/api/auth/sessions')).expect(204);
    await person.sees('account.login.ended');
    await login(person, ivo.email, ivo.password);
    await page.waitForURL((url) => url.pathname === '/account');
  });
});
