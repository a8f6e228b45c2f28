// What the API makes to be looked at: it brings a content policy of its own, which must reach the browser as it is, and its looks with it.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { House, LONG } from './support/house.mjs';

describe('pages of the API behind nginx', () => {
  let house;

  before(async () => {
    house = await House.start({ nodes: 1 });
  });
  afterEach(() => house.clear());
  after(() => house?.stop());

  it('show the contract to read and try', async () => {
    const { page } = await house.person(null);
    await page.goto('/api/docs');
    await page.locator('.opblock-tag').first().waitFor();
    assert.equal(await page.locator('.opblock-tag').first().evaluate((element) => getComputedStyle(element).boxSizing), 'border-box');
  });

  it('show the results of a sale as a page to print', async () => {
    const sale = await house.stack.sale(LONG);
    await house.stack.lot(sale.id);
    const person = await house.person(null);
    const { page } = person;
    person.expects(/serviceWorker/); // the driver blocks workers by a script that the page's sandbox denies
    await page.goto(`/api/reports/sales/${sale.id}?format=html`);
    const table = page.locator('table').last();
    await table.waitFor();
    assert.equal(await table.evaluate((element) => getComputedStyle(element).borderCollapse), 'collapse');
  });
});
