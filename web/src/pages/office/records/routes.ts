import type { RouteRecordRaw } from 'vue-router';

type Params = { params: Record<string, string | string[]> };
const id = ({ params }: Params) => ({ id: Number(params.id) });
const idOrNull = ({ params }: Params) => ({ id: params.id ? Number(params.id) : null });
const texts = ['office', 'records', 'people', 'catalogue'];

/** Below /office: what is on record: results, the course of a lot, who did what, what is still to be done. */
export const officeRecordRoutes: RouteRecordRaw[] = [
  { path: 'results/:id(\\d+)?', name: 'office-results', component: () => import('./ResultsPage.vue'), props: idOrNull, meta: { who: 'office', texts, title: 'records.results.title' } },
  { path: 'lots/:id(\\d+)/course', name: 'office-course', component: () => import('./CoursePage.vue'), props: id, meta: { who: 'office', texts, title: 'records.course.title' } },
  { path: 'audit', name: 'office-audit', component: () => import('./AuditPage.vue'), meta: { who: 'office', texts, title: 'records.audit.title' } },
  { path: 'jobs', name: 'office-jobs', component: () => import('./JobsPage.vue'), meta: { who: 'admin', texts, title: 'records.jobs.title' } },
];
