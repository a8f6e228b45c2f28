// A whole Seri as people meet it: the servers of a Stack behind the nginx of deploy/up, which serves the built web client, and a browser
// whose windows are people (person.mjs). The browser's driver and axe are the web client's packages; they are not here a second time.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Origin } from '../../integration/support/origin.mjs';
import { freePort } from '../../integration/support/processes.mjs';
import { Stack } from '../../integration/support/stack.mjs';
import { Person } from './person.mjs';

/** The web client, built in its dist. */
export const WEB = fileURLToPath(new URL('../../../web/', import.meta.url));
const require = createRequire(join(WEB, 'package.json'));
const { chromium } = require('playwright-core');

/** The script of axe, to be run in a page. */
export const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Short clocks that a machine of little leisure keeps up with: every bid sets the clock back in full and counts as an extension. */
export const SHORT = { durationMs: 15000, extensionWindowMs: 15000, extensionMs: 15000, lateMs: 15000, closeGraceMs: 3000 };
/** A clock that nobody waits for. */
export const LONG = { durationMs: 600000 };

export class House {
  /** `nodes`, `env`: as of a Stack. */
  static async start({ nodes = 2, env = {} } = {}) {
    if (!existsSync(join(WEB, 'dist/index.html'))) throw new Error('the web client is not built: run the tests by tests/run');
    const house = new House();
    const port = await freePort();
    house.people = [];
    house.stack = await Stack.start({ nodes, env: { PUBLIC_URL: `http://127.0.0.1:${port}`, JOB_BACKOFF_MS: '50', ...env } });
    try {
      house.origin = await Origin.start(house.stack, { port, pages: join(WEB, 'dist') });
      house.url = house.origin.url;
      house.browser = await chromium.launch({ executablePath: execFileSync('sh', ['-c', 'command -v chromium']).toString().trim(), args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
    } catch (error) {
      await house.stop().catch(() => {});
      throw error;
    }
    return house;
  }

  /** Somebody with a window: a user of the stack, logged in, or null for a visitor. Options: see Person.enter. */
  async person(user, options) {
    const person = await Person.enter(this, user, options);
    this.people.push(person);
    return person;
  }

  /** Closes all windows; fails if anything went wrong in one that its test did not expect. */
  async clear() {
    const people = this.people.splice(0);
    const folder = process.env.SERI_TEST_SCREENS; // what was to be seen at the end of each test, for whoever wonders why it failed
    if (folder) await Promise.all(people.map(({ name, page }, i) => page.screenshot({ path: join(folder, `${Date.now()}-${i}-${name}.png`), fullPage: true }).catch(() => {})));
    const faults = people.flatMap((person) => person.faults.map((fault) => `${person.name}: ${fault}`));
    await Promise.all(people.map((person) => person.context.close()));
    if (faults.length) throw new Error(`in the browser:\n${faults.join('\n')}`);
  }

  async stop() {
    await this.browser?.close();
    await this.origin?.stop();
    await this.stack.stop();
  }
}
