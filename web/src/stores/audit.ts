// The audit trail as far as it has been read, newest first.
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { api, take, type Schemas } from '@/api/client';
import type { AuditQuery } from '@/live/audit';

export type AuditEntry = Schemas['AuditEntry'];

const PAGE = 100;

export const useAudit = defineStore('audit', () => {
  const entries = shallowRef<readonly AuditEntry[]>([]);
  const next = ref<string | null>(null);
  let asked: AuditQuery = {};

  async function read(query: AuditQuery, after: string | null): Promise<void> {
    asked = query;
    const page = (await take(api.GET('/api/reports/audit', { params: { query: { ...query, limit: PAGE, ...(after ? { after } : {}) } }, headers: { Accept: 'application/json' } }))) as Schemas['AuditReport'];
    // What was asked for since is what is wanted.
    if (asked !== query) return;
    entries.value = after ? [...entries.value, ...page.items] : page.items;
    next.value = page.next;
  }

  const find = (query: AuditQuery) => read({ ...query }, null);
  const more = () => read(asked, next.value);

  return { entries, next, find, more };
});
