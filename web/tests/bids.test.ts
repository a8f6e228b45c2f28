// A bid's way from the press to the verdict, with the line and the clock in hand; and the lots, over breaks of the line.
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RequestError, type Refusal } from '@/live/connection';
import type { State } from '@/live/lot';
import { useBids } from '@/stores/bids';
import { useLots } from '@/stores/lots';

type Said = [event: string, data: Record<string, unknown>];

const live = vi.hoisted(() => ({ isUp: true, up: () => undefined as void, on: new Map<string, (data: unknown) => void>(), answer: (async () => ({})) as (...said: unknown[]) => Promise<unknown> }));
const request = vi.fn((...said: unknown[]) => live.answer(...said));
vi.mock('@/stores/live', () => ({
  useLive: () => ({
    get isUp() {
      return live.isUp;
    },
    clock: { now: () => Date.now() },
    onUp: (join: () => void) => {
      live.up = join;
      if (live.isUp) join();
    },
    connection: {
      on: (event: string, handler: (data: unknown) => void) => live.on.set(event, handler),
      request: (event: string, data: unknown) => request(event, data),
      get isUp() {
        return live.isUp;
      },
    },
  }),
}));
const rest = vi.hoisted(() => ({ get: vi.fn() }));
vi.mock('@/api/client', async (original) => ({ ...(await original<object>()), api: { GET: (path: string, options: unknown) => rest.get(path, options) }, take: async (answer: unknown) => await answer }));

const refuse = (code: Refusal['code'], rest: Partial<Refusal> = {}) => Promise.reject(new RequestError({ code, message: '', ...rest }));
const accepted = { ok: true, seq: 6, receivedAtMs: 0, stateSeq: 6, price: 1_000_000, leading: true, endsAtMs: 1, minNextBid: 1_050_000, bidsLeft: 8 };
const saidOf = (event: string) => (request.mock.calls as unknown as Said[]).filter(([said]) => said === event).map(([, data]) => data);

beforeEach(() => {
  vi.useFakeTimers();
  setActivePinia(createPinia());
  Object.assign(live, { isUp: true });
  live.on.clear();
  request.mockClear();
  rest.get.mockReset().mockResolvedValue({ items: [], next: null });
});
afterEach(() => void vi.useRealTimers());

describe('a bid', () => {
  it('shows at once as sent, then as accepted', async () => {
    let settle: (answer: object) => void = () => undefined;
    live.answer = () => new Promise((done) => (settle = done));
    const bids = useBids();
    const placed = bids.place({ auctionId: 1, amount: 1_000_000 });
    expect([bids.bids[0]?.phase, bids.pending.length]).toEqual(['sent', 1]);
    settle(accepted);
    expect(await placed).toMatchObject({ phase: 'accepted', seq: 6, leading: true });
    expect(bids.pending).toEqual([]);
  });
  it('shows the reason of a refusal, and is not sent again', async () => {
    live.answer = () => refuse('BID_TOO_LOW', { minNextBid: 1_100_000 });
    const bid = await useBids().place({ auctionId: 1, amount: 1_000_000 });
    expect(bid).toMatchObject({ phase: 'refused', refusal: { code: 'BID_TOO_LOW', minNextBid: 1_100_000 } });
    expect(saidOf('auction:bid')).toHaveLength(1);
  });
  it('is sent again under the same id, for the same amount, until somebody knows', async () => {
    const answers = [() => refuse('UNCERTAIN'), () => refuse('UNAVAILABLE'), () => Promise.resolve(accepted)];
    live.answer = () => (answers.shift() as () => Promise<unknown>)();
    const bids = useBids();
    const placed = bids.place({ auctionId: 1, amount: 1_000_000 });
    await vi.advanceTimersByTimeAsync(1_500);
    expect(bids.bids[0]?.phase).toBe('unknown');
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await placed).phase).toBe('accepted');
    const sent = saidOf('auction:bid');
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(({ bidId, amount }) => `${String(bidId)} ${String(amount)}`)).size).toBe(1);
  });
  it('is not sent at all without a line, and says so', async () => {
    live.answer = () => refuse('UNAVAILABLE');
    expect(await useBids().place({ auctionId: 1, amount: 1_000_000 })).toMatchObject({ phase: 'refused', refusal: { code: 'UNAVAILABLE' } });
  });
  it.each([
    [{ verdict: 'accepted', seq: 9 }, { phase: 'accepted', seq: 9 }],
    [{ verdict: 'refused', code: 'BID_TOO_LOW' }, { phase: 'refused', refusal: { code: 'BID_TOO_LOW' } }],
    [{ verdict: 'retracted', seq: 9 }, { phase: 'refused', refusal: { code: 'BID_RETRACTED' } }],
    [{ verdict: 'unknown' }, { phase: 'lost' }],
  ])('is not sent any more long after it was meant: the server is asked what it knows (%j)', async (fate, outcome) => {
    live.answer = () => refuse('UNCERTAIN');
    rest.get.mockRejectedValueOnce(new Error()).mockResolvedValue({ bidId: 'x', ...fate });
    const bids = useBids();
    const placed = bids.place({ auctionId: 1, amount: 1_000_000 });
    await vi.advanceTimersByTimeAsync(500);
    live.isUp = false; // the line is gone, for a long while
    await vi.advanceTimersByTimeAsync(300_000);
    live.isUp = true;
    const before = saidOf('auction:bid').length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await placed).toMatchObject(outcome);
    expect(saidOf('auction:bid').length).toBe(before);
    expect(bids.pending).toEqual([]);
  });
  it('that was one too many says until when', async () => {
    live.answer = () => refuse('RATE_LIMITED', { retryAfterMs: 20_000 });
    const bids = useBids();
    await bids.place({ auctionId: 1, amount: 1_000_000 });
    expect(bids.limits.untilMs - Date.now()).toBe(20_000);
  });
});

const state = (seq: number, more: Partial<State> = {}) =>
  ({ auctionId: 1, saleId: 4, seq, status: 'active', price: 100, leader: 8, minNextBid: 110, endsAtMs: 9_000, extensions: 0, lotNumber: 3, you: { paddle: 7, leading: false, maxAmount: null }, ...more }) as State;
const update = (prevSeq: number, seq: number) => ({ auctionId: 1, prevSeq, seq, status: 'active', price: 120, leader: 9, minNextBid: 130, bids: [{ seq, amount: 120, paddle: 9, auto: false, atMs: 1 }] });
const tell = (event: string, data: unknown) => live.on.get(event)?.(data);

describe('a lot that is watched', () => {
  const turn = () => vi.advanceTimersByTimeAsync(0);

  it('is sure of itself only when it was told of on the line there is', async () => {
    live.answer = async () => ({ ok: true, auction: state(5), events: [] });
    const lots = useLots();
    lots.watch(1);
    expect(lots.sure.has(1)).toBe(false);
    await turn();
    expect(lots.sure.has(1)).toBe(true);
    let settle: (answer: object) => void = () => undefined;
    live.answer = () => new Promise((done) => (settle = done));
    live.up();
    expect([lots.sure.has(1), lots.lots.get(1)?.state.price]).toEqual([false, 100]);
    expect(saidOf('auction:join').at(-1)).toEqual({ auctionId: 1, sinceSeq: 5 });
    settle({ ok: true, auction: state(7, { price: 130 }), events: [{ seq: 6, type: 'bid', atMs: 1, amount: 120, paddle: 9 }, { seq: 7, type: 'bid', atMs: 2, amount: 130, paddle: 8 }] });
    await turn();
    expect([lots.sure.has(1), lots.lots.get(1)?.state.price, lots.lots.get(1)?.bids.map(({ seq }) => seq)]).toEqual([true, 130, [6, 7]]);
  });
  it('is joined again from where it stands when a frame is missing, and is not sure until then', async () => {
    live.answer = async () => ({ ok: true, auction: state(5), events: [] });
    const lots = useLots();
    lots.watch(1);
    await turn();
    tell('auction:update', update(6, 7));
    expect([lots.sure.has(1), lots.lots.get(1)?.state.seq]).toEqual([false, 5]);
    expect(saidOf('auction:join').at(-1)).toEqual({ auctionId: 1, sinceSeq: 5 });
  });
  it('finds out by the clock of its room that the last frame was lost', async () => {
    live.answer = async () => ({ ok: true, auction: state(5), events: [] });
    const lots = useLots();
    lots.watch(1);
    await turn();
    tell('auction:timer', { auctionId: 1, seq: 5, endsAtMs: 9_500, remainingMs: 1, serverMs: 1 });
    expect([lots.lots.get(1)?.state.endsAtMs, saidOf('auction:join').length]).toEqual([9_500, 1]);
    tell('auction:timer', { auctionId: 1, seq: 6, endsAtMs: 9_900, remainingMs: 1, serverMs: 1 });
    expect(saidOf('auction:join').at(-1)).toEqual({ auctionId: 1, sinceSeq: 5 });
  });
  it('is asked for again when the server cannot tell just now, and given up when there is none', async () => {
    const answers = [() => refuse('UNAVAILABLE'), () => refuse('UNCERTAIN'), () => Promise.resolve({ ok: true, auction: state(5), events: [] })];
    live.answer = () => (answers.shift() as () => Promise<unknown>)();
    const lots = useLots();
    lots.watch(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([lots.failures.get(1), lots.sure.has(1), saidOf('auction:join').length]).toEqual([undefined, true, 3]);
    live.answer = () => refuse('AUCTION_NOT_FOUND');
    lots.watch(2);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([lots.failures.get(2), saidOf('auction:join').length]).toEqual(['AUCTION_NOT_FOUND', 4]);
  });
  it('leaves nothing behind when it is left before its answer comes', async () => {
    let settle: (answer: object) => void = () => undefined;
    live.answer = () => new Promise((done) => (settle = done));
    const lots = useLots();
    lots.watch(1);
    lots.unwatch(1);
    settle({ ok: true, auction: state(5), events: [] });
    await turn();
    expect([lots.lots.size, lots.sure.size, rest.get.mock.calls.length]).toEqual([0, 0, 0]);
  });
  it('has all its bids, page by page', async () => {
    live.answer = async () => ({ ok: true, auction: state(401), events: [] });
    const bid = (seq: number) => ({ seq, amount: seq, paddle: 1, auto: false, atMs: seq });
    rest.get.mockImplementation((_: string, { params }: { params: { query: { after?: string } } }) => {
      const from = Number(params.query.after ?? 401);
      return { items: Array.from({ length: Math.min(200, from) }, (_, i) => bid(from - i)), next: from > 200 ? String(from - 200) : null };
    });
    const lots = useLots();
    lots.watch(1);
    await turn();
    expect(lots.lots.get(1)?.bids.map(({ seq }) => seq)).toEqual(Array.from({ length: 401 }, (_, i) => i + 1));
  });
});
