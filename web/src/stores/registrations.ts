// This person's registrations as a bidder at all sales: what was applied for and what became of it. A decision of the office is told live.
import { defineStore } from 'pinia';
import { ref, shallowRef, watch } from 'vue';
import { api, take, type Schemas } from '@/api/client';
import { useLive } from './live';
import { useSession } from './session';

export type Registration = Schemas['Registration'];
export type Application = Schemas['ApplicationBody'];

const PAGE = 200;

export const useRegistrations = defineStore('registrations', () => {
  const session = useSession();
  const items = shallowRef<readonly Registration[]>([]);
  const loaded = ref(false);
  let loading: Promise<void> | null = null;

  async function fetchAll(): Promise<void> {
    const whose = session.user?.id;
    const found: Registration[] = [];
    for (let after: string | undefined; ; ) {
      const page = await take(api.GET('/api/my/registrations', { params: { query: { limit: PAGE, ...(after ? { after } : {}) } } }));
      found.push(...page.items);
      if (page.next === null) break;
      after = page.next;
    }
    if (session.user?.id !== whose) return;
    items.value = found;
    loaded.value = true;
  }

  /** Asked for by several at once, they are fetched once. */
  function load(): Promise<void> {
    if (loading) return loading;
    const mine: Promise<void> = fetchAll().finally(() => loading === mine && (loading = null));
    return (loading = mine);
  }

  /** The same, but not from an answer that was on its way before something changed. */
  async function reload(): Promise<void> {
    await loading?.catch(() => undefined);
    await load();
  }

  /** The one at a sale; null: there is none; undefined: not known yet. */
  const at = (saleId: number): Registration | null | undefined => items.value.find((one) => one.saleId === saleId) ?? (loaded.value ? null : undefined);

  /** If-Match of what this person has seen: two tabs do not overwrite each other. */
  const match = (saleId: number) => {
    const seen = at(saleId);
    return seen ? { header: { 'If-Match': `"${seen.version}"` } } : {};
  };

  async function apply(saleId: number, body: Application): Promise<void> {
    const made = await take(api.PUT('/api/sales/{id}/registrations/me', { params: { path: { id: saleId }, ...match(saleId) }, body }));
    items.value = [...items.value.filter((one) => one.saleId !== saleId), made];
  }

  async function withdraw(saleId: number): Promise<void> {
    await take(api.DELETE('/api/sales/{id}/registrations/me', { params: { path: { id: saleId }, ...match(saleId) } }));
    await reload();
  }

  useLive().connection.on('notification', ({ kind }) => {
    if (kind === 'registration' && loaded.value) void reload().catch(() => undefined);
  });
  watch(
    () => session.user?.id,
    () => {
      items.value = [];
      loaded.value = false;
      loading = null;
    },
  );

  return { items, loaded, load, at, apply, withdraw };
});
