// A lot folded from frames: nothing old is taken, no gap is passed over.
import { describe, expect, it } from 'vitest';
import { standingOf } from '@/composables/useLot';
import { addBids, applyEvents, applyState, applyUpdate, lotOf, retract, standingNotice, type PublicEvent, type State } from '@/live/lot';
import type { ServerEvents } from '@/api/generated/live';

const state = (rest: Partial<State> = {}): State =>
  ({
    auctionId: 1, saleId: 1, seq: 5, status: 'active', price: 100, leader: 7, bidCount: 1, minNextBid: 110, step: 10, startPrice: 100, reserve: 'none',
    startsAtMs: null, endsAtMs: 9_000, remainingMs: null, serverMs: 0, extensions: 0, lotNumber: 3, taxRate: 1000, ladder: [{ below: 0, step: 10 }], lot: { displayNameJa: '馬', displayNameEn: 'Horse', disclosures: '' },
    rules: { durationMs: 1, extensionWindowMs: 1, extensionMs: 1, lateMs: 1, closeGraceMs: 1, extensionMode: 'reset', maxExtensions: 0 },
    you: { paddle: 7, leading: true, maxAmount: 500, canBid: true, availableCredit: null, bidsLeft: null },
    ...rest,
  }) as State;
const update = (prevSeq: number, seq: number, rest: object = {}): ServerEvents['auction:update'] => ({
  auctionId: 1, saleId: 1, prevSeq, seq, status: 'active', startPrice: 100, startsAtMs: null, remainingMs: null, price: 110, leader: 8, bidCount: 2, minNextBid: 120, step: 10, reserve: 'none', endsAtMs: 9_500, extensions: 1,
  bids: [{ seq, amount: 110, paddle: 8, auto: false, atMs: 1 }], ...rest,
});

describe('a lot', () => {
  it('takes the next frame, not an old one, and none across a gap', () => {
    const lot = lotOf(state(), 0);
    expect(applyUpdate(lot, update(5, 6), 1)).toBe('changed');
    expect(lot.state).toMatchObject({ seq: 6, price: 110, leader: 8, endsAtMs: 9_500, you: { leading: false, maxAmount: null } });
    expect(applyUpdate(lot, update(4, 6, { price: 1 }), 2)).toBe('known');
    expect(applyUpdate(lot, update(8, 9), 3)).toBe('gap');
    expect(lot.state.seq).toBe(6);
    expect(lot.heardAt).toBe(1);
  });
  it('takes a frame that begins before what is known', () => {
    const lot = lotOf(state(), 0);
    expect(applyUpdate(lot, update(2, 7), 1)).toBe('changed');
  });
  it('keeps who we are when a state says nothing of it, and never goes back', () => {
    const lot = lotOf(state(), 0);
    expect(applyState(lot, state({ seq: 8, you: null, price: 200 }), 1)).toBe('changed');
    expect(lot.state).toMatchObject({ seq: 8, price: 200, you: { paddle: 7 } });
    expect(applyState(lot, state({ seq: 7, price: 1 }), 2)).toBe('known');
    expect(lot.state.price).toBe(200);
  });
  it('collects its history in order and once, from frames, pages and missed events', () => {
    const lot = lotOf(state(), 0);
    applyUpdate(lot, update(5, 6), 1);
    addBids(lot, [{ seq: 2, amount: 90, paddle: 1, auto: false, atMs: 0 }, { seq: 6, amount: 110, paddle: 8, auto: false, atMs: 1 }]);
    applyEvents(lot, [{ seq: 7, type: 'bid', atMs: 2, amount: 120, paddle: 9, auto: true }, { seq: 8, type: 'bid_retracted', atMs: 3, retracts: 6 }] as unknown as PublicEvent[]);
    expect(lot.bids.map(({ seq }) => seq)).toEqual([2, 6, 7]);
    expect(lot.bids[1]?.retracted).toBe(true);
    retract(lot, 99);
  });
});

describe("the auctioneer's latest word", () => {
  const told = (kind: 'message' | 'warned' | 'paused', rest: Partial<State> = {}) => ({ ...lotOf(state(rest), 0), notice: { seq: 5, kind, text: '', outage: false, atMs: 0 } });
  it('is no fair warning any more once somebody has bid', () => {
    const lot = told('warned');
    expect(standingNotice(lot)).toBe(lot.notice);
    addBids(lot, [{ seq: 6, amount: 110, paddle: 8, auto: false, atMs: 1 }]);
    expect(standingNotice(lot)).toBeNull();
  });
  it('is only a message once the lot has ended', () => {
    expect(standingNotice(told('warned', { status: 'sold' }))).toBeNull();
    expect(standingNotice(told('paused', { status: 'withdrawn' }))).toBeNull();
    expect(standingNotice(told('message', { status: 'sold' }))?.kind).toBe('message');
  });
});

describe('how one stands', () => {
  it.each([
    [{}, false, 'leading'],
    [{ leader: 8 }, true, 'outbid'],
    [{ leader: 8 }, false, 'none'],
    [{ status: 'sold' as const }, false, 'won'],
    [{ status: 'sold' as const, leader: 8 }, true, 'lost'],
    [{ status: 'passed' as const }, false, 'lost'],
    [{ status: 'passed' as const, leader: 8 }, false, 'none'],
    [{ status: 'withdrawn' as const }, true, 'none'],
    [{ you: null }, true, 'none'],
  ])('%j, led before: %s → %s', (rest, led, standing) => {
    expect(standingOf(lotOf(state(rest), 0), led)).toBe(standing);
  });
});
