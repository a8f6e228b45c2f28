// The course of one lot, with its proof.
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import { api, take, type Schemas } from '@/api/client';

export type Course = Schemas['AuctionReport'];

export const useCourses = defineStore('courses', () => {
  const course = shallowRef<Course | null>(null);
  /** The chain as it was last computed anew, and when. */
  const finding = shallowRef<{ verification: Schemas['Verification']; atMs: number } | null>(null);
  let wanted = 0;

  async function open(id: number): Promise<void> {
    if (wanted !== id) {
      course.value = null;
      finding.value = null;
    }
    wanted = id;
    const report = (await take(api.GET('/api/reports/auctions/{id}', { params: { path: { id } }, headers: { Accept: 'application/json' } }))) as Course;
    if (wanted !== id) return;
    course.value = report;
    finding.value = null;
  }

  async function verify(id: number): Promise<void> {
    const verification = await take(api.GET('/api/auctions/{id}/verification', { params: { path: { id } } }));
    if (wanted === id) finding.value = { verification, atMs: Date.now() };
  }

  return { course, finding, open, verify };
});
