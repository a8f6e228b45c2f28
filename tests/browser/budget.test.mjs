// What the built client weighs, and that nothing in its page asks for more than the content policy allows.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { WEB } from './support/house.mjs';

const FIRST_JS_BYTES = 200_000;
const dist = join(WEB, 'dist');

describe('the built client', () => {
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const tags = (name) => [...page.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'g'))].map(([, attributes]) => attributes);

  it('brings less than 200 KB of scripts with its first page, packed', () => {
    const first = [...page.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map(([, path]) => path);
    assert.ok(first.length > 0);
    const bytes = first.reduce((sum, path) => sum + gzipSync(readFileSync(join(dist, path))).length, 0);
    assert.ok(bytes < FIRST_JS_BYTES, `${bytes} bytes in ${first.length} files`);
  });

  it('has what every page needs compiled while it arrives', () => {
    const [path] = page.match(/\/assets\/first-[^"]+\.js/);
    assert.match(readFileSync(join(dist, path), 'utf8'), /^\/\/# allFunctionsCalledOnLoad\n/);
  });

  it('has no script and no style in the page itself', () => {
    assert.deepEqual(tags('script').filter((attributes) => !/\bsrc="\/(assets\/|first\.js")/.test(attributes)), []);
    assert.deepEqual(tags('style'), []);
    assert.doesNotMatch(page, /<[^>]*\s(?:style|on\w+)=/);
  });

  it('gives the place where the styles made at run time find their nonce', () => assert.match(page, /<meta name="csp-nonce" content="__CSP_NONCE__" \/>/));
});
