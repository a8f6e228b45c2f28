// Somebody at a window of the browser. Whatever goes wrong there (an error on the console, an exception, a request that fails or is
// refused, something that the content policy forbids) is kept as a fault and fails the test, unless it was expected by name.
import assert from 'node:assert/strict';
import { until } from '../../integration/support/processes.mjs';
import { say, yen } from './texts.mjs';

/** Of every screen test: what browsers do by themselves. A page that is left takes back its requests. */
const NATURAL = [/^request failed: .* net::ERR_ABORTED$/];
export const SECONDS = 1000;
const PATIENCE_MS = 30 * SECONDS;
export const PHONE = { width: 360, height: 740 };
export const DESK = { width: 1280, height: 900 };

/** In the page: three looks in a row at which nothing loads and no animation runs but such as never end. */
const CALM = async () => {
  const moving = ({ playState, effect }) => playState === 'running' && effect?.getTiming().iterations !== Infinity;
  for (let calm = 0; calm < 3; ) {
    await new Promise((done) => setTimeout(done, 60));
    calm = document.querySelector('.v-skeleton-loader, .v-progress-linear--active') || document.getAnimations().some(moving) ? 0 : calm + 1;
  }
};

export class Person {
  /** `phone`: a small screen that is touched. `dark`: the device's theme. `workers`: pages are kept on the device. The token in memory is asked for with the cookie, as after a reload. */
  static async enter(house, user, { language = 'ja', phone = false, dark = false, workers = false } = {}) {
    const person = new Person();
    person.house = house;
    person.user = user;
    person.name = user?.name ?? 'visitor';
    person.language = language;
    person.faults = [];
    person.expected = [...NATURAL];
    const kept = { 'seri-settings': JSON.stringify({ language, sound: false }), ...(user ? { 'seri-session': '1' } : {}) };
    person.context = await house.browser.newContext({
      baseURL: house.url,
      viewport: phone ? PHONE : DESK,
      hasTouch: phone,
      isMobile: phone,
      locale: language === 'ja' ? 'ja-JP' : 'en-GB',
      timezoneId: 'Asia/Tokyo',
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
      serviceWorkers: workers ? 'allow' : 'block', // a worker fetches the whole client for later, in every window anew
      storageState: { cookies: [], origins: [{ origin: house.url, localStorage: Object.entries(kept).map(([name, value]) => ({ name, value })) }] },
    });
    person.phone = phone;
    person.context.setDefaultTimeout(PATIENCE_MS);
    person.context.setDefaultNavigationTimeout(PATIENCE_MS);
    if (user) await person.context.request.post('/api/auth/login', { data: { email: user.email, password: user.password }, failOnStatusCode: true });
    person.page = await person.context.newPage();
    person.#listen();
    return person;
  }

  #listen() {
    const { page } = this;
    page.on('console', (message) => message.type() === 'error' && this.#fault(`console: ${message.text()} (${message.location().url})`));
    page.on('pageerror', (error) => this.#fault(`exception: ${error.stack}`));
    page.on('requestfailed', (request) => this.#fault(`request failed: ${request.method()} ${request.url()} ${request.failure()?.errorText}`));
    page.on('response', (response) => response.status() >= 400 && this.#fault(`answer ${response.status()}: ${response.request().method()} ${response.url()}`));
    const [begin, end] = [() => this.asking++, () => this.asking--];
    this.asking = 0; // requests without an answer
    page.on('request', begin).on('requestfinished', end).on('requestfailed', end);
    this.sockets = [];
    page.on('websocket', (socket) => this.sockets.push(socket));
  }
  #fault(what) {
    if (!this.expected.some((pattern) => pattern.test(what))) this.faults.push(what);
  }
  /** From here on this is no fault. */
  expects(...patterns) {
    this.expected.push(...patterns);
  }

  /** Until the page has what it asks for, and nothing on it moves any more. */
  async atRest() {
    await this.page.waitForFunction(() => document.querySelector('#app')?.__vue_app__);
    await until('the page to come to rest', async () => {
      await this.page.evaluate(CALM);
      return this.asking === 0;
    });
  }

  say(key, values) {
    return say(this.language, key, values);
  }
  async go(path) {
    await this.page.goto(path);
  }
  button(key, values) {
    return this.page.getByRole('button', { name: this.say(key, values) });
  }
  text(key, values) {
    return this.page.getByText(this.say(key, values)).first();
  }
  async sees(key, values) {
    await this.text(key, values).waitFor();
  }
  async seesYen(amount) {
    await this.page.locator('.panel .price').getByText(yen(amount)).first().waitFor();
  }
  /** The big button of the next bid, at this amount. */
  bidButton(amount) {
    return this.button('bidding.bidAt', { amount: yen(amount) });
  }
  /** Bids by the big button, once it has stood still for as long as it takes to be meant. */
  async bid(amount) {
    await this.bidButton(amount).waitFor();
    await this.settled();
    await (this.phone ? this.bidButton(amount).tap() : this.bidButton(amount).click());
  }
  /** Goes on by the Tab key until this has the focus. */
  async tabTo(locator, most = 60) {
    await locator.waitFor();
    for (let i = 0; i < most; i++) {
      if (await locator.evaluate((element) => element === document.activeElement || element.contains(document.activeElement))) return;
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`${locator} is not reached by ${most} presses of Tab`);
  }
  /** A press within half a second of a change is not sent; so much of the page's own time passes. */
  settled() {
    return this.page.evaluate(() => new Promise((done) => setTimeout(done, 600)));
  }
}
