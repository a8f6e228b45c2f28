// All accounts, for the administrator: those that are looked for, page by page, and the one that is open, with the ETag that its next
// change must name.
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { api, take, takeTagged, type Schemas } from '@/api/client';
import type { paths } from '@/api/generated/rest';
import type { Tagged } from '@/composables/useEdit';

export type Account = Schemas['User'];
export type AccountQuery = NonNullable<paths['/api/users']['get']['parameters']['query']>;

const PAGE = 100;

export const useAccounts = defineStore('accounts', () => {
  const items = shallowRef<readonly Account[]>([]);
  const next = ref<string | null>(null);
  const current = shallowRef<Tagged<Account> | null>(null);
  let asked: AccountQuery = {};

  async function list(query: AccountQuery, after: string | null): Promise<void> {
    asked = query;
    const page = await take(api.GET('/api/users', { params: { query: { ...query, limit: PAGE, ...(after ? { after } : {}) } } }));
    // What was asked for since is what is wanted.
    if (asked !== query) return;
    items.value = after ? [...items.value, ...page.items] : page.items;
    next.value = page.next;
  }

  function put(now: Tagged<Account>): Tagged<Account> {
    current.value = now;
    items.value = items.value.map((one) => (one.id === now.data.id ? now.data : one));
    return now;
  }

  async function read(id: number): Promise<Tagged<Account>> {
    if (current.value?.data.id !== id) current.value = null;
    return put(await takeTagged(api.GET('/api/users/{id}', { params: { path: { id } } })));
  }

  async function update(id: number, body: Schemas['UserUpdateBody'], etag: string): Promise<Tagged<Account>> {
    return put(await takeTagged(api.PATCH('/api/users/{id}', { params: { path: { id }, header: { 'If-Match': etag } }, body })));
  }

  async function create(body: Schemas['UserBody']): Promise<Account> {
    return (await takeTagged(api.POST('/api/users', { body }))).data;
  }

  /** What is personal is gone afterwards, and with it the account from here. */
  async function erase({ data, etag }: Tagged<Account>): Promise<void> {
    await take(api.DELETE('/api/users/{id}', { params: { path: { id: data.id }, header: { 'If-Match': etag } } }));
    current.value = null;
    items.value = items.value.filter(({ id }) => id !== data.id);
  }

  return { items, next, current, find: (query: AccountQuery) => list({ ...query }, null), more: () => list(asked, next.value), read, update, create, erase };
});
