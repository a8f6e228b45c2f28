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

  /** One page more, after those there are. */
  const load = useTask(async () => {
    const page = await take(api.GET('/api/sales', { params: { query: next.value ? { after: next.value } : {} } }));
    sales.value = [...sales.value, ...page.items];
    next.value = page.next;
  });

  /** Asks anew from the newest on; done when the first page of them is there, or `load.error`. */
  async function begin(): Promise<void> {
    sales.value = [];
    next.value = null;
    await load.run();
  }

  return { sales, next, load, begin };
});
