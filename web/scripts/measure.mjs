// node web/scripts/measure.mjs [ORIGIN]: how fast the built client of a running Seri with its demo is (by default http://localhost:8080),
// in Chromium. Aims: the first view of the list of sales in 1.5 s with the processor slowed down four times; an update in a history of
// 1,000 bids in less than a frame, 16 ms. The first is a time by the clock, which says little on a busy machine; the second is processor
// time of the page's thread.
import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';

const origin = process.argv[2] ?? 'http://localhost:8080';
const SLOWER = 4;
const ROUNDS = 3;
const UPDATES = 60;
const browser = await chromium.launch({ executablePath: execFileSync('sh', ['-c', 'command -v chromium']).toString().trim(), args: ['--no-sandbox'] });
const lot = (await (await fetch(`${origin}/api/auctions?status=active&limit=1`)).json()).items[0]?.id ?? 1;
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function openPage(rate) {
  const context = await browser.newContext({ baseURL: origin, viewport: { width: 1280, height: 900 }, serviceWorkers: 'block' });
  const page = await context.newPage();
  const tools = await context.newCDPSession(page);
  await tools.send('Emulation.setCPUThrottlingRate', { rate });
  await tools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busyMs = async () => 1000 * (await tools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value;
  return { page, busyMs };
}

/** ms to the first and the largest paint of a page opened for the first time. */
async function firstView(path) {
  const { page } = await openPage(SLOWER);
  await page.goto(path);
  await page.waitForFunction(() => document.querySelector('main h1') && !document.querySelector('.v-skeleton-loader'));
  const paints = await page.evaluate(() => new Promise((done) => {
    const largest = [];
    new PerformanceObserver((list) => largest.push(...list.getEntries())).observe({ type: 'largest-contentful-paint', buffered: true });
    setTimeout(() => done([performance.getEntriesByName('first-contentful-paint')[0]?.startTime, largest.at(-1)?.startTime]), 500);
  }));
  await page.context().close();
  return paints;
}

/** ms of the page's thread that one update costs on a lot's page with so many bids in its history, all that it draws included. */
async function updateCost(bids) {
  const { page, busyMs } = await openPage(1);
  await page.goto(`/auctions/${lot}`);
  await page.waitForFunction(() => document.querySelector('.panel .price'));
  // Frames as the server sends them, one a frame of the screen; the first brings the whole history.
  const feed = (from, count, together = false) => page.evaluate(async ([id, first, end, once]) => {
    const pinia = document.querySelector('#app').__vue_app__.config.globalProperties.$pinia._s;
    const { lots } = pinia.get('lots');
    const bid = (i) => ({ seq: 1_000_000 + i, amount: 1_000_000 + i * 10_000, paddle: 1 + (i % 9), auto: false, atMs: Date.now() + i });
    const update = (bids) => {
      const { state } = lots.get(id);
      const { seq, amount: price, paddle: leader } = bids.at(-1);
      const told = { ...state, auctionId: id, status: 'active', seq, prevSeq: state.seq, price, leader, minNextBid: price + 50_000, bidCount: seq - 1_000_000, endsAtMs: Date.now() + 100_000, bids };
      for (const listener of pinia.get('live').connection.socket.listeners('auction:update')) listener(told);
    };
    if (once) update(Array.from({ length: end - first }, (_, i) => bid(first + i)));
    else
      for (let i = first; i < end; i++) {
        update([bid(i)]);
        await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
      }
  }, [lot, from, from + count, together]);
  await feed(0, bids, true);
  await feed(bids, 10); // what is compiled once
  const before = await busyMs();
  await feed(bids + 10, UPDATES);
  const cost = (await busyMs()) - before;
  await page.context().close();
  return cost / UPDATES;
}

const views = [];
for (let i = 0; i < ROUNDS; i++) views.push(await firstView('/'));
console.log(`first view of the sales, processor ${SLOWER} times slower: first paint ${Math.round(median(views.map(([first]) => first)))} ms, largest ${Math.round(median(views.map(([, largest]) => largest)))} ms (median of ${ROUNDS})`);
for (const bids of [10, 1000]) console.log(`an update in a history of ${bids}: ${(await updateCost(bids)).toFixed(1)} ms`);
await browser.close();
