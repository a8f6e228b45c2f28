// Horses as the office finds and keeps them.
import { defineStore } from 'pinia';
import { reactive, shallowRef } from 'vue';
import { api, take, takeTagged, type Schemas } from '@/api/client';
import type { Tagged } from '@/composables/useEdit';

export type Horse = Schemas['Horse'];
export type HorseBody = Schemas['HorseBody'];

const PAGE = 50;

export const useOfficeHorses = defineStore('officeHorses', () => {
  const horses = shallowRef<readonly Horse[] | null>(null);
  const next = shallowRef<string | null>(null);
  /** The one that was read or changed last: what the page's head tells of. */
  const current = shallowRef<Horse | null>(null);
  const wish = reactive({ text: '', sex: null as Schemas['Sex'] | null, year: '' });

  const said = () => ({
    sort: '-createdAt' as const,
    limit: PAGE,
    ...(wish.text.trim() && { q: wish.text.trim() }),
    ...(wish.sex && { sex: wish.sex }),
    ...(/^\d{4}$/.test(wish.year) && { foaledYear: Number(wish.year) }),
  });

  /** The newest of those looked for; what is typed while the answer is on its way is looked for next. */
  async function list(): Promise<void> {
    for (let asked = ''; asked !== JSON.stringify(said()); ) {
      asked = JSON.stringify(said());
      const page = await take(api.GET('/api/horses', { params: { query: said() } }));
      horses.value = page.items;
      next.value = page.next;
    }
  }

  async function more(): Promise<void> {
    if (next.value === null) return;
    const page = await take(api.GET('/api/horses', { params: { query: { ...said(), after: next.value } } }));
    horses.value = [...(horses.value ?? []), ...page.items];
    next.value = page.next;
  }

  const path = (id: number) => ({ path: { id } });
  function kept(answer: Tagged<Horse>): Tagged<Horse> {
    current.value = answer.data;
    return answer;
  }
  const read = async (id: number) => kept(await takeTagged(api.GET('/api/horses/{id}', { params: path(id) })));
  const create = (body: HorseBody) => take(api.POST('/api/horses', { body: body as Schemas['HorseCreateBody'] }));
  const update = async (id: number, body: HorseBody, etag: string) => kept(await takeTagged(api.PATCH('/api/horses/{id}', { params: { ...path(id), header: { 'If-Match': etag } }, body })));
  const remove = (id: number, etag: string) => take(api.DELETE('/api/horses/{id}', { params: { ...path(id), header: { 'If-Match': etag } } }));

  return { horses, next, current, wish, list, more, read, create, update, remove };
});
