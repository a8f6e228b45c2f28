import type { RouteRecordRaw } from 'vue-router';

type Params = { params: Record<string, string | string[]> };
const id = ({ params }: Params) => ({ id: Number(params.id) });
const idOrNull = ({ params }: Params) => ({ id: params.id ? Number(params.id) : null });
const texts = ['office', 'people', 'catalogue'];

/** Below /office: who may bid at a sale (without a sale in the address the likeliest is taken), and who has an account. */
export const officePeopleRoutes: RouteRecordRaw[] = [
  { path: 'registrations/:id(\\d+)?', name: 'office-registrations', component: () => import('./RegistrationsPage.vue'), props: idOrNull, meta: { who: 'office', texts, title: 'people.registrations' } },
  { path: 'users', name: 'office-users', component: () => import('./UsersPage.vue'), meta: { who: 'admin', texts, title: 'people.users' } },
  { path: 'users/:id(\\d+)', name: 'office-user', component: () => import('./UserPage.vue'), props: id, meta: { who: 'admin', texts, title: 'people.users' } },
];
