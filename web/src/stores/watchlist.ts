// The lots this person keeps an eye on. Shown at once as wished, put back if the server would not have it.
import { defineStore } from 'pinia';
import { reactive, watch } from 'vue';
import { api, take } from '@/api/client';
import { useSession } from './session';

const PAGE = 200;

export const useWatchlist = defineStore('watchlist', () => {
  const session = useSession();
  const ids = reactive(new Set<number>());

  async function load(): Promise<void> {
    const found: number[] = [];
    for (let after: string | undefined; ; ) {
      const page = await take(api.GET('/api/watchlist', { params: { query: { limit: PAGE, ...(after ? { after } : {}) } } }));
      found.push(...page.items.map(({ auction }) => auction.id));
      if (page.next === null) break;
      after = page.next;
    }
    ids.clear();
    found.forEach((id) => ids.add(id));
  }

  async function toggle(id: number): Promise<void> {
    const params = { path: { id } };
    const had = ids.delete(id);
    if (!had) ids.add(id);
    try {
      await (had ? take(api.DELETE('/api/watchlist/{id}', { params })) : take(api.PUT('/api/watchlist/{id}', { params })));
    } catch {
      if (had) ids.add(id);
      else ids.delete(id);
    }
  }

  watch(
    () => session.user?.id,
    () => ids.clear(),
  );

  return { ids, load, toggle };
});
