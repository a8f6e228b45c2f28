import type { RouteRecordRaw } from 'vue-router';

const id = ({ params }: { params: Record<string, string | string[]> }) => ({ id: params.id ? Number(params.id) : null });
const texts = ['office', 'people', 'catalogue'];

/** Below /office: who may bid at a sale (without a sale in the address the likeliest is taken), and who has an account. */
export const officePeopleRoutes: RouteRecordRaw[] = [
  { path: 'registrations/:id(\\d+)?', name: 'office-registrations', component: () => import('./RegistrationsPage.vue'), props: id, meta: { who: 'office', texts, title: 'people.registrations' } },
];
