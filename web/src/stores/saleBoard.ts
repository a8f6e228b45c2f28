// The lots of one sale as they change: joined once a page, told of at most once a second.
import { defineStore } from 'pinia';
import { reactive, ref } from 'vue';
import type { components } from '@/api/generated/live';
import { useLive } from './live';

export type BoardLot = components['schemas']['BoardLot'];

export const useSaleBoard = defineStore('saleBoard', () => {
  const live = useLive();
  const lots = reactive(new Map<number, BoardLot>());
  const saleId = ref<number | null>(null);
  let stop: (() => void) | undefined;

  function put(changed: readonly BoardLot[]): void {
    for (const lot of changed) if ((lots.get(lot.auctionId)?.seq ?? -1) <= lot.seq) lots.set(lot.auctionId, lot);
  }

  async function join(): Promise<void> {
    if (saleId.value === null) return;
    const wanted = saleId.value;
    try {
      const answer = await live.connection.request('sale:join', { saleId: wanted });
      if (saleId.value !== wanted) return;
      const there = new Set(answer.lots.map(({ auctionId }) => auctionId));
      for (const id of [...lots.keys()]) if (!there.has(id)) lots.delete(id);
      put(answer.lots);
    } catch {
      // the next connection joins again; until then the page shows that it is cut off
    }
  }

  function open(id: number): void {
    close();
    saleId.value = id;
    stop = live.onUp(() => void join());
  }

  function close(): void {
    stop?.();
    stop = undefined;
    if (saleId.value !== null) void live.connection.request('sale:leave', { saleId: saleId.value }).catch(() => undefined);
    saleId.value = null;
    lots.clear();
  }

  live.connection.on('sale:update', (update) => {
    if (update.saleId !== saleId.value) return;
    put(update.lots);
    for (const id of update.gone ?? []) lots.delete(id);
  });

  return { lots, saleId, open, close };
});
