// Who has applied or is registered at a sale, all of them: thousands are searched in the browser. A decision names the version that was
// looked at; when somebody else was quicker, the newer one takes its place here, and the refusal is left to whoever decided.
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { ApiError, api, take, type Schemas } from '@/api/client';
import type { Registration } from '@/live/registration';

const PAGE = 200;
/** More are not for one list. */
const REGISTRATIONS_MAX = 20_000;

export const useSaleRegistrations = defineStore('saleRegistrations', () => {
  const saleId = ref<number | null>(null);
  const items = shallowRef<readonly Registration[]>([]);
  const complete = ref(false);

  /** Loads them page by page; what was there of the same sale stays on the screen meanwhile. */
  async function open(id: number): Promise<void> {
    if (saleId.value !== id) {
      items.value = [];
      complete.value = false;
    }
    saleId.value = id;
    const found: Registration[] = [];
    for (let after: string | undefined; found.length < REGISTRATIONS_MAX; ) {
      const page = await take(api.GET('/api/sales/{id}/registrations', { params: { path: { id }, query: { limit: PAGE, ...(after ? { after } : {}) } } }));
      if (saleId.value !== id) return;
      found.push(...page.items);
      if (found.length > items.value.length || page.next === null) items.value = [...found];
      if (page.next === null) break;
      after = page.next;
    }
    complete.value = true;
  }

  function put(now: Registration): Registration {
    if (now.saleId !== saleId.value) return now;
    const known = items.value.some(({ userId }) => userId === now.userId);
    items.value = known ? items.value.map((one) => (one.userId === now.userId ? now : one)) : [...items.value, now];
    return now;
  }

  const where = ({ saleId: id, userId }: Registration) => ({ path: { id, userId } });

  async function decide(one: Registration, body: Schemas['DecisionBody']): Promise<Registration> {
    try {
      return put(await take(api.PATCH('/api/sales/{id}/registrations/{userId}', { params: { ...where(one), header: { 'If-Match': `"${one.version}"` } }, body })));
    } catch (error) {
      if (error instanceof ApiError && error.code === 'PRECONDITION_FAILED') put(await take(api.GET('/api/sales/{id}/registrations/{userId}', { params: where(one) })));
      throw error;
    }
  }

  /** Registers somebody who has not applied; of whoever has, it approves the application. */
  async function add(body: Schemas['ApproveBody']): Promise<Registration> {
    return put(await take(api.POST('/api/sales/{id}/registrations', { params: { path: { id: saleId.value ?? 0 } }, body })));
  }

  return { saleId, items, complete, open, decide, add };
});
