// The lots before and after one in its sale. Out of the catalogue if it is at hand; else by the numbers next to this one, and only
// where those are missing by loading the catalogue: a letter's link to one lot shall not fetch a thousand.
import { ref, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue';
import { api, take, type Schemas } from '@/api/client';
import { useCatalogue } from '@/stores/catalogue';

export interface Neighbours {
  before: Schemas['Auction'] | null;
  after: Schemas['Auction'] | null;
}

async function byNumber(saleId: number, lotNumber: number): Promise<Schemas['Auction'] | null> {
  if (lotNumber < 1) return null;
  return (await take(api.GET('/api/auctions', { params: { query: { saleId, lotNumber, limit: 1 } } }))).items[0] ?? null;
}

export function neighboursIn(lots: readonly Schemas['Auction'][], lotNumber: number): Neighbours {
  const found: Neighbours = { before: null, after: null };
  for (const lot of lots) {
    if (lot.lotNumber < lotNumber && lot.lotNumber > (found.before?.lotNumber ?? 0)) found.before = lot;
    if (lot.lotNumber > lotNumber && lot.lotNumber < (found.after?.lotNumber ?? Infinity)) found.after = lot;
  }
  return found;
}

export function useNeighbours(lot: MaybeRefOrGetter<Schemas['Auction'] | undefined>): Ref<Neighbours> {
  const catalogue = useCatalogue();
  const neighbours = ref<Neighbours>({ before: null, after: null });

  async function find({ saleId, lotNumber }: Schemas['Auction']): Promise<Neighbours> {
    if (catalogue.complete === saleId) return neighboursIn(catalogue.lots, lotNumber);
    const [before, after] = await Promise.all([byNumber(saleId, lotNumber - 1), byNumber(saleId, lotNumber + 1)]);
    if (before && after) return { before, after };
    const { lotCount } = await take(api.GET('/api/sales/{id}', { params: { path: { id: saleId } } }));
    if ((before || lotNumber === 1) && (after || lotNumber === lotCount)) return { before, after };
    await catalogue.open(saleId);
    return neighboursIn(catalogue.lots, lotNumber);
  }

  watch(
    () => toValue(lot)?.id,
    async (id) => {
      const now = toValue(lot);
      if (!now) return;
      // Without them the page is as good; the catalogue is one link away.
      const found = await find(now).catch(() => null);
      if (found && toValue(lot)?.id === id) neighbours.value = found;
    },
    { immediate: true },
  );
  return neighbours;
}
