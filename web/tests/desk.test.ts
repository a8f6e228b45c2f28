// What the console believes of a lot when three tell of it, and whose commands stand in its log.
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { LOG_KEPT, addToLog, consoleLot, hammerIn, reserveState, running, withOwn, type Desk, type DeskCommand, type DeskLot, type OwnCommand } from '@/live/desk';
import type { State } from '@/live/lot';
import { useDesk } from '@/stores/desk';

const board = (seq: number, more = {}) => ({ auctionId: 7, lotNumber: 3, seq, status: 'active' as const, price: 500, startsAtMs: null, endsAtMs: 9_000, ...more });
const deskLot = (expectedSeq: number, more = {}): DeskLot => ({
  auctionId: 7, lotNumber: 3, status: 'active', expectedSeq, price: 600, reserve: 1000, startsAtMs: null, endsAtMs: 9_500, warnedAtMs: null,
  leader: { userId: 1, name: 'aoi', paddle: 12, availableCredit: null }, earlyMaxima: 0, queue: 0, visitors: 0, bidders: [], ...more,
});
const room = (seq: number) => ({ auctionId: 7, lotNumber: 3, seq, status: 'active', price: 700, leader: 14, endsAtMs: 9_900, remainingMs: null, extensions: 2 }) as unknown as State;
const command = (seq: number, more: Partial<DeskCommand> = {}): DeskCommand => ({ auctionId: 7, lotNumber: 3, commandId: `c${seq}`, kind: 'extend', seq, said: {}, atMs: seq * 1000, userId: 1, name: 'aoi', ...more });
const own = (commandId: string, phase: OwnCommand['phase'], atMs: number): OwnCommand => ({ commandId, auctionId: 7, lotNumber: 3, kind: 'warn', said: {}, atMs, phase, error: null });

describe('a lot of the console', () => {
  it('is as the one says that knows the newest seq; the room, where they are level', () => {
    expect(consoleLot(room(5), deskLot(5), board(5))).toMatchObject({ seq: 5, price: 700, leader: 14, extensions: 2 });
    expect(consoleLot(room(5), deskLot(6), board(5))).toMatchObject({ seq: 6, price: 600, leader: 12, endsAtMs: 9_500 });
    expect(consoleLot(room(5), undefined, board(6))).toMatchObject({ seq: 6, price: 500, leader: undefined });
    expect(consoleLot(undefined, undefined, undefined)).toBeUndefined();
  });
  it('has no clock when it does not run', () => {
    expect(consoleLot(undefined, deskLot(6, { status: 'sold' }), board(5))).toMatchObject({ status: 'sold', endsAtMs: null });
    expect(consoleLot(undefined, undefined, board(5, { status: 'scheduled', price: null }))).toMatchObject({ leader: null, endsAtMs: null });
  });
  it('stands among those that run by its end, paused ones last', () => {
    const lots = [board(1, { auctionId: 1, status: 'paused', endsAtMs: null }), board(1, { auctionId: 2, endsAtMs: 50 }), board(1, { auctionId: 3, endsAtMs: 40 }), board(1, { auctionId: 4, status: 'sold' })];
    expect(running(lots.flatMap((lot) => consoleLot(undefined, undefined, lot) ?? [])).map(({ auctionId }) => auctionId)).toEqual([3, 2, 1]);
  });
  it('has its reserve judged on the price that is shown', () => {
    expect([reserveState(null, 5), reserveState(0, 5), reserveState(10, null), reserveState(10, 9), reserveState(10, 10)]).toEqual(['none', 'none', 'unmet', 'unmet', 'met']);
  });
  it('says how long the hammer has to wait for its warning', () => {
    expect([hammerIn(null, 5), hammerIn(1_000, 4_000), hammerIn(1_000, 11_000), hammerIn(1_000, 99_000)]).toEqual([null, 7_000, 0, 0]);
  });
});

describe('the log of all consoles', () => {
  it('keeps what the desk has told before, newest first, each command once for each lot', () => {
    const log = addToLog([command(2), command(1)], [command(3), command(2), command(3, { auctionId: 8 })]);
    expect(log.map(({ auctionId, seq }) => [auctionId, seq])).toEqual([[7, 3], [8, 3], [7, 2], [7, 1]]);
    expect(addToLog([], Array.from({ length: LOG_KEPT + 5 }, (_, i) => command(i + 1))).at(-1)?.seq).toBe(6);
  });
  it('shows of this console what it does not know yet: on its way, refused, or done a moment ago', () => {
    const entries = withOwn([command(2)], [own('x', 'sent', 3_000), own('y', 'refused', 1_000), own('c2', 'done', 1_900)]);
    expect(entries.map(({ commandId, phase, name }) => [commandId, phase, name])).toEqual([['x', 'sent', null], ['c2', 'done', 'aoi'], ['y', 'refused', null]]);
  });
});

const live = vi.hoisted(() => ({ isUp: true, told: (() => undefined) as (desk: unknown) => void, up: () => undefined as void, request: null as unknown }));
vi.mock('@/stores/live', () => ({
  useLive: () => ({
    get isUp() {
      return live.isUp;
    },
    onUp: (join: () => void) => {
      live.up = join;
      join();
      return () => (live.up = () => undefined);
    },
    connection: { on: (_: string, handler: (desk: unknown) => void) => (live.told = handler), request: (...said: unknown[]) => (live.request as (...said: unknown[]) => Promise<unknown>)(...said) },
  }),
}));

describe("the office's desk", () => {
  const picture = (more: Partial<Desk> = {}): Desk => ({ saleId: 4, status: 'running', pausedAtMs: null, lots: [deskLot(5)], commands: [command(1)], ...more });
  const settled = () => new Promise((done) => setTimeout(done));
  beforeEach(() => setActivePinia(createPinia()));

  it('folds what it is told, of its own sale alone, and joins again after a break', async () => {
    live.request = vi.fn(async () => ({ ok: true, desk: picture() }));
    const desk = useDesk();
    desk.open(4);
    await settled();
    expect(desk.lots.get(7)?.reserve).toBe(1000);
    live.told(picture({ lots: [], commands: [command(2)] }));
    live.told(picture({ saleId: 5, commands: [command(3)] }));
    expect([desk.lots.size, desk.log.map(({ seq }) => seq)]).toEqual([0, [2, 1]]);
    live.up();
    expect(live.request).toHaveBeenCalledTimes(2);
    desk.close();
    expect([desk.desk, desk.log.length]).toEqual([null, 0]);
    expect(live.request).toHaveBeenLastCalledWith('desk:leave', { saleId: 4 });
  });
  it('says that it cannot be had, and asks again until it can', async () => {
    vi.useFakeTimers();
    live.request = vi.fn().mockRejectedValueOnce(new Error()).mockResolvedValue({ ok: true, desk: picture() });
    const desk = useDesk();
    desk.open(4);
    await vi.advanceTimersByTimeAsync(0);
    expect(desk.failure).toBe('INTERNAL');
    await vi.advanceTimersByTimeAsync(3_000);
    expect([desk.failure, desk.desk?.saleId]).toEqual([null, 4]);
    vi.useRealTimers();
    desk.close();
  });
});
