// What a colleague does to a lot while one looks at the list of them: it is taken up without asking.
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useCatalogue, type CatalogueLot } from '@/stores/catalogue';
import { useSaleBoard } from '@/stores/saleBoard';
import { useSession } from '@/stores/session';

type Told = { saleId: number; lots: object[]; gone?: number[] };
const live = vi.hoisted(() => ({ told: [] as ((update: Told) => void)[], up: [] as (() => void)[], lots: [] as object[] }));
vi.mock('@/stores/live', () => ({
  useLive: () => ({
    onUp: (join: () => void) => {
      live.up.push(join);
      join();
      return () => undefined;
    },
    connection: { on: (_: string, hear: (update: Told) => void) => live.told.push(hear), request: async () => ({ ok: true, saleId: 1, lots: live.lots }) },
  }),
}));

const SALE = 1;
const draft = (id: number, version: number) => ({ auctionId: id, lotNumber: id, seq: 0, status: 'draft', price: null, startsAtMs: null, endsAtMs: null, version });
const update = (told: Omit<Told, 'saleId'>) => live.told.forEach((hear) => hear({ saleId: SALE, ...told }));

/** The server's lots, by id. */
const there = new Map<number, CatalogueLot>();
const asked: string[] = [];
const enter = (id: number, startPrice: number) => there.set(id, { id, saleId: SALE, lotNumber: id, seq: 0, status: 'draft', startPrice, price: null, startsAtMs: null, endsAtMs: null } as CatalogueLot);

beforeEach(() => {
  vi.useFakeTimers();
  setActivePinia(createPinia());
  [live.told, live.up, live.lots] = [[], [], []];
  there.clear();
  asked.length = 0;
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const id = Number(pathname.match(/auctions\/(\d+)$/)?.[1]);
    const body = id ? there.get(id) : pathname.endsWith('/auctions') ? { items: [...there.values()], next: null } : { id: SALE };
    return new Response(JSON.stringify(body ?? {}), { status: body ? 200 : 404, headers: { 'Content-Type': 'application/json' } });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the lots of a sale in the office', () => {
  async function followed() {
    const catalogue = useCatalogue();
    useSession().user = { role: 'auctioneer' } as never;
    enter(1, 100);
    enter(2, 200);
    live.lots = [draft(1, 1), draft(2, 1)];
    await catalogue.open(SALE);
    catalogue.follow(SALE);
    await vi.advanceTimersByTimeAsync(0);
    asked.length = 0;
    return catalogue;
  }
  const prices = (catalogue: ReturnType<typeof useCatalogue>) => catalogue.lots.map(({ id, startPrice }) => [id, startPrice]);

  it('are as a colleague has changed them', async () => {
    const catalogue = await followed();
    enter(1, 150);
    update({ lots: [draft(1, 2)] });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(prices(catalogue)).toEqual([[1, 150], [2, 200]]);
    expect(asked).toEqual(['/api/auctions/1']);
  });
  it('are without the draft that a colleague has deleted, told at once or at the next join', async () => {
    const catalogue = await followed();
    update({ lots: [], gone: [1] });
    expect(prices(catalogue)).toEqual([[2, 200]]);
    live.lots = [];
    live.up.forEach((join) => join());
    await vi.advanceTimersByTimeAsync(0);
    expect(prices(catalogue)).toEqual([]);
  });
  it('have the draft that a colleague has added', async () => {
    const catalogue = await followed();
    enter(3, 300);
    update({ lots: [draft(3, 1)] });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(prices(catalogue)).toEqual([[1, 100], [2, 200], [3, 300]]);
  });
  it('are asked for together when many were changed', async () => {
    const catalogue = await followed();
    const many = Array.from({ length: 40 }, (_, at) => at + 1);
    for (const id of many) enter(id, 1);
    await catalogue.open(SALE);
    update({ lots: many.map((id) => draft(id, 1)) });
    await vi.advanceTimersByTimeAsync(1_000);
    for (const id of many) enter(id, 7);
    asked.length = 0;
    update({ lots: many.map((id) => draft(id, 2)) });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(catalogue.lots.every(({ startPrice }) => startPrice === 7)).toBe(true);
    expect(asked).toEqual(['/api/sales/1', '/api/auctions']);
  });
  it('are not asked for by a visitor, who is told of no draft', async () => {
    const catalogue = await followed();
    useSession().user = null;
    enter(1, 150);
    update({ lots: [draft(1, 2)] });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(prices(catalogue)).toEqual([[1, 100], [2, 200]]);
  });
});

describe('the board of the console', () => {
  it('has no lot that is no more', async () => {
    const board = useSaleBoard();
    live.lots = [draft(1, 1), draft(2, 1), draft(3, 1)];
    board.open(SALE);
    await vi.advanceTimersByTimeAsync(0);
    update({ lots: [], gone: [2] });
    expect([...board.lots.keys()]).toEqual([1, 3]);
    live.lots = [draft(3, 1)];
    live.up.forEach((join) => join());
    await vi.advanceTimersByTimeAsync(0);
    expect([...board.lots.keys()]).toEqual([3]);
  });
});
