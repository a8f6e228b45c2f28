// What has to be done after a commit, as the operator sees it: what waits, and what could not be done.
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { api, take, type Schemas } from '@/api/client';

export type Job = Schemas['Job'];
export type JobState = Job['state'];

const PAGE = 50;

export const useJobs = defineStore('jobs', () => {
  const items = shallowRef<readonly Job[]>([]);
  const next = ref<string | null>(null);
  let wanted: JobState | null = null;

  async function read(state: JobState | null, after: string | null): Promise<void> {
    wanted = state;
    const page = await take(api.GET('/api/jobs', { params: { query: { limit: PAGE, ...(state ? { state } : {}), ...(after ? { after } : {}) } } }));
    if (wanted !== state) return;
    items.value = after ? [...items.value, ...page.items] : page.items;
    next.value = page.next;
  }

  /** Waits for a worker from now on, with all its attempts. */
  async function retry(id: number): Promise<void> {
    await take(api.POST('/api/jobs/{id}/retry', { params: { path: { id } } }));
    items.value = items.value.filter((job) => job.id !== id);
  }

  return { items, next, find: (state: JobState | null) => read(state, null), more: () => read(wanted, next.value), retry };
});
