import type { RouteRecordRaw } from 'vue-router';

/** Below /office; `office` is among the texts of each, for the navigation. */
export const officeSaleRoutes: RouteRecordRaw[] = [
  { path: 'sales', name: 'office-sales', component: () => import('./OfficeSalesPage.vue'), meta: { who: 'office', texts: ['office', 'catalogue'], title: 'office.sales.title' } },
];
