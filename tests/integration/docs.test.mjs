// The page of the contract: all its parts with the right types, and, where there is a browser, that it shows the contract in both themes
// without a word of complaint.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import WebSocket from 'ws';
import { OPENAPI } from './support/contract.mjs';
import { freePort, until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

const TYPES = { html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' };

/** A page of a headless browser, driven by its DevTools protocol; `complaints` is all that it says against the page. */
class Page {
  static async open(folder) {
    const page = new Page();
    const port = await freePort();
    page.child = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', `--user-data-dir=${join(folder, 'chromium')}`, `--remote-debugging-port=${port}`, 'about:blank'], { stdio: 'ignore' });
    page.exited = new Promise((done) => page.child.once('exit', done));
    const target = await until('the browser', async () => (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()).find(({ type }) => type === 'page'), 60);
    page.socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise((done, fail) => page.socket.once('open', done).once('error', fail));
    page.complaints = [];
    page.waiting = new Map();
    page.socket.on('message', (text) => page.#hear(JSON.parse(text)));
    for (const domain of ['Runtime', 'Log', 'Network', 'Page']) await page.send(`${domain}.enable`);
    return page;
  }
  #hear({ id, method, params, result }) {
    if (id) this.waiting.get(id)?.(result);
    if (method === 'Runtime.exceptionThrown') this.complaints.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(params.type)) this.complaints.push(params.args.map(({ value, description }) => value ?? description).join(' '));
    if (method === 'Log.entryAdded' && params.entry.level === 'error') this.complaints.push(params.entry.text);
    if (method === 'Network.requestWillBeSent') (this.requests ??= []).push(params.request.url);
  }
  send(method, params = {}) {
    const id = (this.id = (this.id ?? 0) + 1);
    return new Promise((done) => {
      this.waiting.set(id, done);
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }
  async evaluate(expression) {
    return (await this.send('Runtime.evaluate', { expression, returnByValue: true })).result.value;
  }
  async close() {
    this.socket?.terminate();
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

describe('the page of the contract', () => {
  let stack;
  before(async () => {
    stack = await Stack.start({ nodes: 0 });
  });
  after(() => stack?.stop());

  it('has all its parts here, with their types, and lets nothing else in', async () => {
    const page = await stack.api.get('/api/docs');
    assert.equal(page.status, 200);
    assert.equal(page.headers.get('content-type'), TYPES.html);
    const parts = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part]) => part).filter((part) => !part.startsWith('data:'));
    assert.equal(parts.length, 5);
    for (const part of parts) {
      const { pathname } = new URL(part, `${stack.api.origin}/api/docs`);
      const answer = await stack.api.get(pathname);
      assert.equal(answer.status, 200, pathname);
      assert.equal(answer.headers.get('content-type'), TYPES[pathname.split('.').pop()] ?? 'application/yaml', pathname);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      (await stack.api.get(`${pathname}?x=1`)).refused('INVALID_MESSAGE', 400);
    }
    (await stack.api.get('/api/docs?x=1')).refused('INVALID_MESSAGE', 400);
    const policy = page.headers.get('content-security-policy').split('; ');
    assert.ok(policy.includes("default-src 'none'") && policy.includes("script-src 'self'"), policy.join());
    assert.equal((await stack.api.get('/api/openapi.yaml')).text, readFileSync(OPENAPI, 'utf8'));
  });

  it('shows every operation in a browser, in both themes, and asks nobody else', async () => {
    const page = await Page.open(stack.folder.path);
    try {
      await page.send('Emulation.setDeviceMetricsOverride', { width: 1200, height: 900, deviceScaleFactor: 1, mobile: false });
      await page.send('Page.navigate', { url: `${stack.api.origin}/api/docs` });
      await until('the page', () => page.evaluate("document.querySelectorAll('.opblock-tag').length > 5"), 40);
      for (const [value, background] of [['light', 'rgb(255, 255, 255)'], ['dark', 'rgb(28, 32, 34)']]) {
        await page.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });
        await until(`the ${value} theme`, async () => (await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')) === background);
        if (process.env.SERI_TEST_PICTURES) {
          const { data } = await page.send('Page.captureScreenshot');
          (await import('node:fs')).writeFileSync(join(process.env.SERI_TEST_PICTURES, `docs-${value}.png`), Buffer.from(data, 'base64'));
        }
      }
      await page.evaluate("document.querySelector('.opblock-tag').click()");
      await page.evaluate("document.querySelector('.opblock-summary-control')?.click()");
      assert.deepEqual(page.complaints, []);
      assert.deepEqual(page.requests.filter((url) => !url.startsWith(`${stack.api.origin}/`) && !url.startsWith('data:')), []);
    } finally {
      await page.close();
    }
  });
});
