// Every page that the router knows, as everybody who may see it: axe finds nothing against WCAG 2.2 AA, in the light and in the dark; the
// keyboard alone goes around it and one sees where one is; what a screen reader is given has names; it fits from the narrowest screen to
// the widest, and with larger and wider set text; and nothing goes wrong on the console. The list is the router's own: a new page is in
// it by itself.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { AXE, House, LONG } from './support/house.mjs';
import { CUT_OFF, LONG_LINES, SPACED, TOO_WIDE, spoken, walk } from './support/look.mjs';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What a theme can change; the rest is the same in both. */
const COLOURS = ['color-contrast', 'link-in-text-block'];

// Two at a time: each is a page in a process of its own that is busy being judged.
describe('every page', { concurrency: 2 }, () => {
  let house, stack, people, places;

  before(async () => {
    house = await House.start({ nodes: 1 });
    ({ stack } = house);
    const sale = await stack.sale(LONG);
    const buyer = await stack.bidder('aoi', sale.id);
    const other = await stack.bidder('ben', sale.id);
    const bid = async (lot, who, amount) => (await who.api.post(`/api/auctions/${lot}/bids`, { bidId: randomUUID(), amount })).expect(200);
    const [open, led, lost, waiting] = [await stack.lot(sale.id, { consignor: '北の牧場' }), await stack.lot(sale.id), await stack.lot(sale.id), await stack.lot(sale.id, { until: 'schedule' })];
    for (const lot of [led, lost]) await bid(lot, buyer, 1000000);
    await bid(lost, other, 1050000);
    await stack.command(lost, 'message', { text: 'ほかにございませんか' });
    const over = await stack.sale({ durationMs: 5000, extensionWindowMs: 1000, extensionMs: 1000, lateMs: 1000 });
    await stack.bidder('aoi', over.id);
    const sold = await stack.lot(over.id);
    await bid(sold, buyer, 1000000);
    await stack.ended(sold);
    await buyer.api.request('PUT', `/api/watchlist/${waiting}`);
    const horse = (await stack.auction(open)).horse.id;
    const party = (await (await stack.office()).api.get('/api/parties')).expect(200).items[0].id;
    people = {
      visitor: { user: null },
      buyer: { user: buyer, phone: true, language: 'en' },
      auctioneer: { user: await stack.office(), language: 'en' },
      operator: { user: await stack.user('operator', 'admin'), phone: true },
    };
    // Where the parameter behind a word of a path may lead.
    places = { sales: [sale.id], console: [sale.id], auctions: [open, led, lost, sold, waiting], horses: [horse], parties: [party], users: [buyer.id], registrations: [sale.id], results: [over.id], lots: [led] };
  });
  after(async () => {
    try {
      await house?.clear();
    } finally {
      await house?.stop();
    }
  });

  /** The addresses of all pages for these people, by the client's router. */
  async function addresses(page, role) {
    const routes = await page.evaluate(() =>
      document.querySelector('#app').__vue_app__.config.globalProperties.$router
        .getRoutes()
        .filter(({ redirect, children, components }) => !redirect && components && !children?.some(({ path }) => path === ''))
        .map(({ path, meta }) => ({ path, who: meta.who ?? null })));
    const may = { visitor: [null], buyer: [null, 'user'], auctioneer: ['user', 'office'], operator: ['admin', 'office'] }[role];
    return routes.filter(({ who }) => may.includes(who)).flatMap(({ path }) => fill(path));
  }

  /** '/sales/:id(\\d+)/results' → ['/sales/1/results'] */
  function fill(path) {
    if (path.includes(':path(')) return ['/no/such/page'];
    const [first, word, parameter, rest] = path.match(/^(.*?)([\w-]+)\/:\w+(?:\([^/]*\))?(\?)?(.*)$/)?.slice(1) ?? [];
    if (word === undefined) return [path];
    assert.ok(places[word], `${path}: say in places what may stand behind "${word}"`);
    return places[word].flatMap((id) => fill(`${first}${word}/${id}${rest}`));
  }

  // The experiment takes the count of unread news on the bell for its label.
  const RULES = { all: { runOnly: { type: 'tag', values: TAGS }, rules: { 'target-size': { enabled: true }, 'label-content-name-mismatch': { enabled: false } } }, colours: { runOnly: { type: 'rule', values: COLOURS } } };
  /** What axe says against the page as it stands. */
  async function violations(page, rules) {
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(`(() => { ${AXE} })()`);
    // Rows that are out of sight are not styled until they come into it (content-visibility), and would be judged by the theme before.
    await page.evaluate(() => {
      const seen = new CSSStyleSheet();
      seen.replaceSync('* { content-visibility: visible !important }');
      document.adoptedStyleSheets = [seen];
    });
    return page.evaluate(async (options) => {
      const found = await window.axe.run(document, { ...options, resultTypes: ['violations'], elementRef: false });
      return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary.split('\n').slice(1).join(' ').trim()}`));
    }, RULES[rules]);
  }

  /** A page that one has come to has the focus, and its title has been said. */
  const arrived = (page, person) =>
    page.evaluate(
      ([language]) => [
        ...(document.activeElement?.closest('main') ? [] : [`has no focus: ${document.activeElement?.outerHTML.slice(0, 80)}`]),
        ...([...document.querySelectorAll('[role=status]')].some(({ textContent }) => textContent === document.title) ? [] : [`${document.title} is not said`]),
        ...(document.documentElement.lang === language ? [] : [`is said to be in ${document.documentElement.lang}`]),
      ],
      [person.language],
    );

  /** Screens as people have them, and how they may have set their text (WCAG 1.4.4, 1.4.10, 1.4.12). */
  async function fits(page) {
    const usual = page.viewportSize();
    const faults = [];
    const look = async (how, width, looks, sheet = '') => {
      await page.setViewportSize({ width, height: usual.height });
      await page.evaluate((css) => {
        const set = new CSSStyleSheet();
        set.replaceSync(css);
        document.adoptedStyleSheets = [set];
        return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      }, sheet);
      for (const one of looks) faults.push(...(await page.evaluate(one)).map((fault) => `(${how}) ${fault}`));
    };
    await look('320', 320, [TOO_WIDE]);
    await look('320, spaced out', 320, [TOO_WIDE, CUT_OFF], SPACED);
    await look('text of 200 %', 1280, [TOO_WIDE, CUT_OFF], ':root { font-size: 200% }');
    await look('3840', 3840, [TOO_WIDE, LONG_LINES]);
    await look('as before', usual.width, [TOO_WIDE]);
    return faults;
  }

  for (const role of ['visitor', 'buyer', 'auctioneer', 'operator']) {
    it(`is free of barriers for the ${role}`, async () => {
      const { user, phone, language } = people[role];
      const person = await house.person(user, { phone, language });
      const { page } = person;
      const screen = await person.context.newCDPSession(page);
      await person.go('/');
      await person.atRest();
      const faults = [];
      const all = await addresses(page, role);
      assert.ok(all.length >= 3, `${all}`);
      for (const address of all) {
        await page.evaluate((path) => document.querySelector('#app').__vue_app__.config.globalProperties.$router.push(path), address);
        await person.atRest();
        const add = (how, found) => faults.push(...found.map((fault) => `${address} (${how}) ${fault}`));
        add('arrival', await arrived(page, person));
        add('light', await violations(page, 'all'));
        await page.emulateMedia({ colorScheme: 'dark' });
        await person.atRest();
        add('dark', await violations(page, 'colours'));
        await page.emulateMedia({ colorScheme: 'light' });
        add('spoken', await spoken(screen));
        add('keyboard', await walk(page));
        add('size', await fits(page));
      }
      assert.deepEqual(faults, []);
    });
  }
});
