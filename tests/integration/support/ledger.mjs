// The ledger's promise, checked as a stranger would: from the public events alone, with code that shares nothing with the servers.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** RFC 8785 for what the ledger holds: objects, arrays, strings, whole numbers, booleans, null. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value && typeof value === 'object') return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
  return JSON.stringify(value);
}

/** Checks the chain from the seed and returns the head. */
export function verifyChain(auctionId, events) {
  let hash = sha256(`seri:auction:${auctionId}`);
  events.forEach((event, index) => {
    const { hash: claimed, sealed, ...publicPart } = event;
    assert.equal(event.seq, index + 1, 'seq has no gaps');
    hash = sha256(hash, canonical(publicPart), Buffer.from(sealed, 'hex'));
    assert.equal(hash.toString('hex'), claimed, `hash of seq ${event.seq}`);
  });
  return hash.toString('hex');
}

/** What everybody knew of the lot after each public event: the state at [seq], from 0 on. */
export function history(events) {
  const states = [{ status: 'draft', price: null, leader: null, endsAtMs: null, extensions: 0 }];
  for (const event of events) {
    const state = { ...states.at(-1) };
    if (event.type === 'scheduled') state.status = 'scheduled';
    if (['started', 'resumed', 'reopened'].includes(event.type)) state.status = 'active';
    if (event.type === 'paused') state.status = 'paused';
    if (['sold', 'passed', 'withdrawn'].includes(event.type)) state.status = event.type;
    if (event.type === 'bid') Object.assign(state, { price: event.amount, leader: event.paddle });
    if (event.type === 'bid_retracted') Object.assign(state, { price: event.amount || null, leader: event.paddle || null });
    if (event.endsAtMs !== undefined) state.endsAtMs = event.endsAtMs;
    if (event.type === 'extended') state.extensions = event.extensions;
    if (event.type === 'reopened') state.extensions = 0;
    states.push(state);
  }
  return states;
}

/** Folds public events into what everybody knows of the lot. */
export function fold(events) {
  return history(events).at(-1);
}
