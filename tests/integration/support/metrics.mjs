// What a program counts, as Prometheus would read it.

/** The value of one series of a realtime node: metric(node, 'seri_bids_total', { verdict: 'OK' }); 0 when it is not there yet. */
export async function metric(node, name, labels = {}) {
  const text = await (await fetch(`http://127.0.0.1:${node.port}/metrics`)).text();
  const inner = Object.entries(labels).map(([label, value]) => `${label}="${value}"`).join(',');
  const series = inner ? `${name}{${inner}} ` : `${name} `;
  const line = text.split('\n').find((candidate) => candidate.startsWith(series));
  return line ? Number(line.slice(series.length)) : 0;
}
