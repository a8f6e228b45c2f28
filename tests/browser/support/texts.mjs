// The client's own words, by key, so that a test looks for what people read and does not repeat it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const areas = new Map();

function area(language, name) {
  const file = fileURLToPath(new URL(`../../../web/src/i18n/${language}/${name}.json`, import.meta.url));
  if (!areas.has(file)) areas.set(file, JSON.parse(readFileSync(file, 'utf8')));
  return areas.get(file);
}

/** say('ja', 'bidding.bidAt', { amount: '¥1,000,000' }) */
export function say(language, key, values = {}) {
  const [name, ...path] = key.split('.');
  const text = path.reduce((node, step) => node?.[step], area(language, name));
  if (typeof text !== 'string') throw new Error(`there is no text ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, value) => `${values[value]}`);
}

export const yen = (amount) => `¥${amount.toLocaleString('en-US')}`;
