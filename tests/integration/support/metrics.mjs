// What a program counts, as Prometheus would read it.
import { ask } from './ask.mjs';

/** The value of one series of a realtime node: metric(node, 'seri_bids_total', { verdict: 'OK' }); 0 when it is not there yet. */
export async function metric(node, name, labels = {}) {
  const { text } = await ask(node, '/metrics');
  const inner = Object.entries(labels).map(([label, value]) => `${label}="${value}"`).join(',');
  const series = inner ? `${name}{${inner}} ` : `${name} `;
  const line = text.split('\n').find((candidate) => candidate.startsWith(series));
  return line ? Number(line.slice(series.length)) : 0;
}
