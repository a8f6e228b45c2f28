// Consignors and whoever else the office deals with about horses; and who belongs to them, and so may not bid on their lots.
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { api, take, takeTagged, type Schemas } from '@/api/client';
import type { Tagged } from '@/composables/useEdit';

export type Party = Schemas['Party'];
export type PartyBody = Schemas['PartyBody'];

const FOUND = 50;

export const useOfficeParties = defineStore('officeParties', () => {
  const parties = shallowRef<readonly Party[] | null>(null);
  const next = shallowRef<string | null>(null);
  const query = ref('');
  /** The one that is open, with the ETag that its next change must name. */
  const current = shallowRef<Tagged<Party> | null>(null);
  const path = (id: number) => ({ path: { id } });

  const page = (text: string, after: string | null) => take(api.GET('/api/parties', { params: { query: { limit: FOUND, ...(text && { q: text }), ...(after && { after }) } } }));
  const find = async (text: string) => (await page(text, null)).items;

  /** Those whose name is looked for; what is typed while the answer is on its way is looked for next. */
  async function list(): Promise<void> {
    for (let text: string | undefined; text !== query.value.trim(); ) {
      text = query.value.trim();
      const found = await page(text, null);
      parties.value = found.items;
      next.value = found.next;
    }
  }

  async function more(): Promise<void> {
    const found = await page(query.value.trim(), next.value);
    parties.value = [...(parties.value ?? []), ...found.items];
    next.value = found.next;
  }

  function kept(now: Tagged<Party>): Tagged<Party> {
    current.value = now;
    return now;
  }
  const read = async (id: number) => kept(await takeTagged(api.GET('/api/parties/{id}', { params: path(id) })));
  const create = (body: PartyBody) => takeTagged(api.POST('/api/parties', { body: body as PartyBody & { name: string } }));
  const update = async (id: number, body: PartyBody, etag: string) => kept(await takeTagged(api.PATCH('/api/parties/{id}', { params: { ...path(id), header: { 'If-Match': etag } }, body })));
  const remove = ({ data, etag }: Tagged<Party>) => take(api.DELETE('/api/parties/{id}', { params: { ...path(data.id), header: { 'If-Match': etag } } }));

  const member = (id: number, userId: number) => ({ params: { path: { id, userId } } });
  const addUser = async (id: number, userId: number) => kept(await takeTagged(api.PUT('/api/parties/{id}/users/{userId}', member(id, userId))));
  const removeUser = async (id: number, userId: number) => kept(await takeTagged(api.DELETE('/api/parties/{id}/users/{userId}', member(id, userId))));

  return { parties, next, query, current, find, list, more, read, create, update, remove, addUser, removeUser };
});
