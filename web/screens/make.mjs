// node web/screens/make.mjs [ORIGIN]: takes the pictures of this folder, which the README shows, of a running Seri with its demo sale
// (by default http://localhost:8080). Nobody bids for them: what is to be seen is what the demo's buyers do. A page that this Seri does
// not have is left out.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const BYTES_MAX = 120_000;
const origin = process.argv[2] ?? 'http://localhost:8080';
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };

const json = async (path, init) => (await fetch(origin + path, init)).json();
const running = (await json('/api/sales?limit=100')).items.find(({ status }) => status === 'running');
if (!running) throw new Error(`no sale is running at ${origin}`);
/** What is under the hammer now, the most time left first: a picture takes a while. */
const active = async () => (await json(`/api/auctions?saleId=${running.id}&status=active&limit=100`)).items.sort((a, b) => b.endsAt.localeCompare(a.endsAt)).map(({ id }) => id);

/** Name of the picture, who looks, at what; `phone`, `dark`, `english`; `board`: with lots side by side. */
const SCREENS = [
  ['catalogue', 'bidder', `/sales/${running.id}`],
  ['lot', 'bidder', '/auctions/:lot'],
  ['phone', 'bidder', '/auctions/:lot', { phone: true }],
  ['phone-dark', 'bidder', '/auctions/:lot', { phone: true, dark: true, english: true }],
  ['my-lots', 'bidder', '/my/lots', { board: true }],
  ['console', 'auctioneer', `/console/${running.id}`],
  ['results', 'viewer', `/sales/${running.id}/results`],
  ['office-sale', 'auctioneer', `/office/sales/${running.id}`],
  ['nodes', 'admin', '/office/nodes'],
];

const browser = await chromium.launch({ executablePath: execFileSync('sh', ['-c', 'command -v chromium']).toString().trim(), args: ['--no-sandbox'] });

async function take([name, who, path, { phone = false, dark = false, english = false, board = false } = {}]) {
  const lots = await active();
  const kept = { 'seri-session': '1', 'seri-settings': JSON.stringify({ language: english ? 'en' : 'ja', sound: false }), 'seri-board': JSON.stringify(board ? lots.slice(0, 6) : []) };
  const context = await browser.newContext({
    baseURL: origin,
    viewport: phone ? PHONE : DESK,
    isMobile: phone,
    hasTouch: phone,
    colorScheme: dark ? 'dark' : 'light',
    timezoneId: 'Asia/Tokyo',
    serviceWorkers: 'block',
    storageState: { cookies: [], origins: [{ origin, localStorage: Object.entries(kept).map(([key, value]) => ({ name: key, value })) }] },
  });
  await context.request.post('/api/auth/login', { data: { email: `${who}@demo.example`, password: process.env.SERI_DEMO_PASSWORD ?? 'seri-demo-2026' }, failOnStatusCode: true });
  const page = await context.newPage();
  await page.goto(path.replace(':lot', String(lots[0] ?? 1)));
  await page.waitForFunction(() => document.querySelector('#app')?.__vue_app__);
  const route = await page.evaluate(() => document.querySelector('#app').__vue_app__.config.globalProperties.$route.name);
  if (route === 'not-found') console.log(`${name}: there is no page ${path}`);
  else {
    await page.waitForFunction(() => document.querySelector('main h1, main h2, main .panel') && !document.querySelector('.v-skeleton-loader'));
    await page.evaluate(() => new Promise((done) => setTimeout(done, 2_500))); // prices move, the curve is drawn
    let picture;
    for (let quality = 80; !picture || (picture.length > BYTES_MAX && quality > 20); quality -= 10) picture = await page.screenshot({ type: 'jpeg', quality, scale: 'css' });
    writeFileSync(join(FOLDER, `${name}.jpg`), picture);
    console.log(`${name}: ${picture.length} bytes`);
  }
  await context.close();
}

for (const screen of SCREENS) await take(screen);
await browser.close();
