// Both languages say the same things: no key, and no value that is put into a text, is missing in one of them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const folder = join(process.cwd(), 'src/i18n');
const read = (language: string, area: string) => JSON.parse(readFileSync(join(folder, language, area), 'utf8')) as object;

/** "a.b.c" → the names in braces of that text. */
function texts(node: object, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === 'string') found.set(prefix + key, [...value.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort().join());
    else for (const [inner, names] of texts(value as object, `${prefix}${key}.`)) found.set(inner, names);
  }
  return found;
}

describe.each(readdirSync(join(folder, 'ja')))('%s', (area) => {
  it('has the same texts with the same values in both languages', () => {
    expect([...texts(read('en', area))].sort()).toEqual([...texts(read('ja', area))].sort());
  });
});

it('has the same areas in both languages', () => {
  expect(readdirSync(join(folder, 'en'))).toEqual(readdirSync(join(folder, 'ja')));
});
