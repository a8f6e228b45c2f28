// The lots of one sale, all of them: a catalogue of a thousand is searched and sorted in the browser, without asking again.
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { api, take, type Schemas } from '@/api/client';

export type Sale = Schemas['Sale'];
export type CatalogueLot = Schemas['Auction'];

const PAGE = 200;
/** More than this is not for one screen; the rest is found by search. */
const LOTS_MAX = 5_000;

export const useCatalogue = defineStore('catalogue', () => {
  const sale = ref<Sale | null>(null);
  const lots = shallowRef<CatalogueLot[]>([]);
  /** The sale of which all lots are here. */
  const complete = ref<number | null>(null);
  let wanted = 0;

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

  return { sale, lots, complete, open };
});
