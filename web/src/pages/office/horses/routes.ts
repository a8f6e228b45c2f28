import type { RouteRecordRaw } from 'vue-router';

const texts = ['office', 'officeHorse', 'officeParty', 'officeSale', 'catalogue'];
const id = (route: { params: Record<string, string | string[]> }) => ({ id: Number(route.params.id) });
const meta = (title: string) => ({ who: 'office' as const, texts, title });

/** Below /office; `office` is among the texts of each, for the navigation. */
export const officeHorseRoutes: RouteRecordRaw[] = [
  { path: 'horses', name: 'office-horses', component: () => import('./HorsesPage.vue'), meta: meta('officeHorse.list.title') },
  { path: 'horses/new', name: 'office-horse-new', component: () => import('./HorseNewPage.vue'), meta: meta('officeHorse.list.add') },
  {
    path: 'horses/:id(\\d+)',
    component: () => import('./HorsePage.vue'),
    props: id,
    children: [
      { path: '', name: 'office-horse', component: () => import('./HorseFactsPage.vue'), props: id, meta: meta('officeHorse.tab.facts') },
      { path: 'disclosures', name: 'office-horse-disclosures', component: () => import('./HorseDisclosuresPage.vue'), props: id, meta: meta('officeHorse.tab.disclosures') },
      { path: 'media', name: 'office-horse-media', component: () => import('./HorseMediaPage.vue'), props: id, meta: meta('officeHorse.tab.media') },
    ],
  },
];
