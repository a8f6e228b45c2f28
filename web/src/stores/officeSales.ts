// The sales as the office prepares them, drafts included; and the one that is open, with the ETag that its next change must name.
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { api, take, takeTagged, type Schemas } from '@/api/client';
import type { Tagged } from '@/composables/useEdit';
import type { Sale, SaleStatus } from '@/live/saleForm';

const PAGE = 100;
/** Beyond these, the oldest are found by their names. */
const SALES_MAX = 1_000;

export type SaleBody = Schemas['SaleBody'];

export const useOfficeSales = defineStore('officeSales', () => {
  const sales = shallowRef<readonly Sale[] | null>(null);
  const current = shallowRef<Tagged<Sale> | null>(null);
  const query = ref('');

  async function find(name: string): Promise<Sale[]> {
    const found: Sale[] = [];
    for (let after: string | undefined; found.length < SALES_MAX; ) {
      const page = await take(api.GET('/api/sales', { params: { query: { limit: PAGE, ...(name && { q: name }), ...(after && { after }) } } }));
      found.push(...page.items);
      if (page.next === null) break;
      after = page.next;
    }
    return found;
  }

  /** Those whose name is looked for; what was typed while the answer was on its way is looked for next. */
  async function list(): Promise<void> {
    for (let name: string | undefined; name !== query.value.trim(); ) {
      name = query.value.trim();
      sales.value = await find(name);
    }
  }

  function put(now: Tagged<Sale>): Tagged<Sale> {
    current.value = now;
    sales.value = sales.value?.map((sale) => (sale.id === now.data.id ? now.data : sale)) ?? null;
    return now;
  }

  async function read(id: number): Promise<Tagged<Sale>> {
    if (current.value?.data.id !== id) current.value = null;
    return put(await takeTagged(api.GET('/api/sales/{id}', { params: { path: { id } } })));
  }

  async function create(body: SaleBody): Promise<Tagged<Sale>> {
    const made = await takeTagged(api.POST('/api/sales', { body: body as SaleBody & { nameJa: string; nameEn: string } }));
    sales.value = null;
    return put(made);
  }

  async function update(id: number, body: SaleBody, etag: string): Promise<Tagged<Sale>> {
    return put(await takeTagged(api.PATCH('/api/sales/{id}', { params: { path: { id }, header: { 'If-Match': etag } }, body })));
  }

  /** On the state as it is on the screen: whoever changed the sale meanwhile is seen before it moves. */
  async function move(status: SaleStatus): Promise<void> {
    if (current.value) await update(current.value.data.id, { status }, current.value.etag);
  }

  async function remove({ data, etag }: Tagged<Sale>): Promise<void> {
    await take(api.DELETE('/api/sales/{id}', { params: { path: { id: data.id }, header: { 'If-Match': etag } } }));
    current.value = null;
    sales.value = sales.value?.filter(({ id }) => id !== data.id) ?? null;
  }

  return { sales, current, query, list, read, create, update, move, remove };
});
