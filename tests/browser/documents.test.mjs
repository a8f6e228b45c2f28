// What the API makes to be looked at: it brings a content policy of its own, which must reach the browser as it is, and its looks with it.
// And pictures that lie elsewhere, of which the page's policy must know.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { FakeS3 } from '../integration/support/s3.mjs';
import { House, LONG, WEB } from './support/house.mjs';

describe('pages of the API behind nginx', () => {
  let house, s3;

  before(async () => {
    s3 = await new FakeS3({ bucket: 'seri-media', region: 'ap-northeast-1', accessKey: 'AKIATEST', secretKey: 'a secret of the tests' }).start();
    house = await House.start({ nodes: 1, env: { S3_ENDPOINT: s3.endpoint, S3_BUCKET: s3.bucket, S3_REGION: s3.region, S3_ACCESS_KEY: s3.accessKey, S3_SECRET_KEY: s3.secretKey } });
  });
  afterEach(() => house.clear());
  after(async () => {
    await house?.stop();
    await s3.stop();
  });

  it('show the photo of a horse that lies in an S3', async () => {
    const { stack } = house;
    const sale = await stack.sale(LONG);
    const lot = await stack.lot(sale.id);
    const { horse } = await stack.auction(lot);
    const office = await stack.office();
    const body = readFileSync(join(WEB, 'public/icons/192.png'));
    (await office.api.request('POST', `/api/horses/${horse.id}/media?kind=photo`, { body, headers: { 'content-type': 'application/octet-stream' } })).expect(201);
    const person = await house.person(null);
    await person.go(`/auctions/${lot}`);
    const photo = person.page.locator('main img').first();
    await photo.waitFor();
    await person.page.waitForFunction((image) => image.complete && image.naturalWidth === 192, await photo.elementHandle());
    assert.ok(s3.objects.size > 0);
  });

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
