// The sales, newest first, as far down as somebody has asked. The first page of them is asked for while the screen that shows it is
// still being fetched, so that it is built once, with them.
import { defineStore } from 'pinia';
import { ref } from 'vue';
import { api, take, type Schemas } from '@/api/client';
import { useTask } from '@/composables/useTask';

export type Sale = Schemas['Sale'];

export const useSales = defineStore('sales', () => {
  const sales = ref<Sale[]>([]);
  const next = ref<string | null>(null);

  let beginnings = 0;

  const page = () => take(api.GET('/api/sales', { params: { query: next.value ? { after: next.value } : {} } }));

  /** One page more, after those there are; what was asked for before a new beginning is asked for again from there. */
  const load = useTask(async () => {
    for (let begun: number | undefined; begun !== beginnings; ) {
      begun = beginnings;
      const found = await page();
      if (begun !== beginnings) continue;
      sales.value = [...sales.value, ...found.items];
      next.value = found.next;
    }
  });

  /** Asks anew from the newest on; done when the first page of them is there or cannot be had, or is on its way already. */
  async function begin(): Promise<void> {
    beginnings += 1;
    sales.value = [];
    next.value = null;
    await load.run();
  }

  return { sales, next, load, begin };
});
