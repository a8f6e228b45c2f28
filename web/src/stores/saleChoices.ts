// The sales to choose from, drafts included where one may see them; the newest first.
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { api, take, type Schemas } from '@/api/client';

const PAGE = 200;
/** The rest are found by their own pages. */
const SALES_MAX = 2_000;

export const useSaleChoices = defineStore('saleChoices', () => {
  const sales = shallowRef<readonly Schemas['Sale'][]>([]);
  const loaded = ref(false);

  async function load(): Promise<void> {
    const found: Schemas['Sale'][] = [];
    for (let after: string | undefined; found.length < SALES_MAX; ) {
      const page = await take(api.GET('/api/sales', { params: { query: { limit: PAGE, ...(after ? { after } : {}) } } }));
      found.push(...page.items);
      if (page.next === null) break;
      after = page.next;
    }
    sales.value = found;
    loaded.value = true;
  }

  return { sales, loaded, load };
});
