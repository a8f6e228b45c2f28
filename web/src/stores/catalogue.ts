// The lots of one sale, all of them: a catalogue of a thousand is searched and sorted in the browser, without asking again. While a
// page follows the sale, its room tells how the lots stand; lots that were added since, and what the office alone sees of those that
// colleagues have changed, are fetched.
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { api, take, type Schemas } from '@/api/client';
import { hasStrangers, outdated, withBoard, withoutGone, type BoardLot } from '@/live/catalogue';
import { renumbered, type Renumbering } from '@/live/lotOrder';
import { useLive } from './live';
import { useSession } from './session';

export type Sale = Schemas['Sale'];
export type CatalogueLot = Schemas['Auction'];

const PAGE = 200;
/** More than this is not for one screen; the rest is found by search. */
const LOTS_MAX = 5_000;
/** Added lots come in lumps, as the office works; they are fetched together. */
const STRANGERS_MS = 3_000;
/** So do changes by colleagues; more than these at a time are fetched with the whole sale. */
const OUTDATED_MS = 300;
const OUTDATED_MAX = 8;

export const useCatalogue = defineStore('catalogue', () => {
  const sale = ref<Sale | null>(null);
  const live = useLive();
  const session = useSession();
  const lots = shallowRef<readonly CatalogueLot[]>([]);
  /** The sale of which all lots are here. */
  const complete = ref<number | null>(null);
  let wanted = 0;
  let followed = 0;
  let strangers: ReturnType<typeof setTimeout> | undefined;
  /** Of the drafts, as the board told last. */
  const versions = new Map<number, number>();
  const stale = new Set<number>();
  let refetch: ReturnType<typeof setTimeout> | undefined;

  /** Loads the sale and its lots, page by page; what has come is there to be seen while the rest is fetched. */
  async function open(saleId: number): Promise<void> {
    wanted = saleId;
    if (sale.value?.id !== saleId) {
      sale.value = null;
      lots.value = [];
      complete.value = null;
    }
    const opened = await take(api.GET('/api/sales/{id}', { params: { path: { id: saleId } } }));
    if (wanted !== saleId) return;
    sale.value = opened;
    const found: CatalogueLot[] = [];
    for (let after: string | undefined; found.length < LOTS_MAX; ) {
      const page = await take(api.GET('/api/auctions', { params: { query: { saleId, limit: PAGE, ...(after ? { after } : {}) } } }));
      if (wanted !== saleId) return;
      found.push(...page.items);
      if (found.length > lots.value.length || page.next === null) lots.value = [...found];
      if (page.next === null) break;
      after = page.next;
    }
    complete.value = saleId;
  }

  function learn(board: readonly BoardLot[]): void {
    if (session.isOffice) for (const id of outdated(lots.value, board, versions)) stale.add(id);
    lots.value = withBoard(lots.value, board);
    if (stale.size > 0) refetch ??= setTimeout(() => void fetchStale(), OUTDATED_MS);
    if (complete.value !== followed || strangers !== undefined || !hasStrangers(lots.value, board)) return;
    strangers = setTimeout(() => {
      strangers = undefined;
      if (followed) void open(followed).catch(() => undefined);
    }, STRANGERS_MS);
  }

  async function fetchStale(): Promise<void> {
    const ids = [...stale];
    stale.clear();
    refetch = undefined;
    if (ids.length > OUTDATED_MAX) await open(followed).catch(() => undefined);
    else await Promise.all(ids.map((id) => take(api.GET('/api/auctions/{id}', { params: { path: { id } } })).then(put, () => undefined)));
  }

  function join(): void {
    const saleId = followed;
    void live.connection
      .request('sale:join', { saleId })
      .then((board) => {
        if (followed !== saleId) return;
        if (complete.value === saleId) lots.value = withoutGone(lots.value, board.lots);
        learn(board.lots);
      })
      // The lots are as they were loaded then; the next connection joins again.
      .catch(() => undefined);
  }

  live.connection.on('sale:update', ({ saleId, lots: board, gone }) => {
    if (saleId !== followed) return;
    gone?.forEach(drop);
    learn(board);
  });

  /** Keeps the lots of the sale true until the returned function is called. */
  function follow(saleId: number): () => void {
    followed = saleId;
    const stop = live.onUp(join);
    return () => {
      stop();
      followed = 0;
      clearTimeout(strangers);
      clearTimeout(refetch);
      strangers = refetch = undefined;
      stale.clear();
      versions.clear();
      void live.connection.request('sale:leave', { saleId }).catch(() => undefined);
    };
  }

  /** What this page has done itself: the lot is as the answer says, new or not. */
  function put(lot: CatalogueLot): void {
    if (lot.saleId !== wanted) return;
    lots.value = [...lots.value.filter(({ id }) => id !== lot.id), lot].sort((a, b) => a.lotNumber - b.lotNumber);
  }

  function drop(id: number): void {
    lots.value = lots.value.filter((lot) => lot.id !== id);
  }

  function renumber(changes: readonly Renumbering[]): void {
    lots.value = renumbered(lots.value, changes);
  }

  return { sale, lots, complete, open, follow, learn, put, drop, renumber };
});
