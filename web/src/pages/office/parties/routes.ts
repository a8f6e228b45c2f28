import type { RouteRecordRaw } from 'vue-router';

const texts = ['office', 'officeParty'];

/** Below /office: whoever consigns horses, and who may not bid on theirs. */
export const officePartyRoutes: RouteRecordRaw[] = [
  { path: 'parties', name: 'office-parties', component: () => import('./PartiesPage.vue'), meta: { who: 'office', texts, title: 'officeParty.title' } },
  { path: 'parties/:id(\\d+)', name: 'office-party', component: () => import('./PartyPage.vue'), props: ({ params }) => ({ id: Number(params.id) }), meta: { who: 'office', texts, title: 'officeParty.title' } },
];
