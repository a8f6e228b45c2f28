import type { RouteRecordRaw } from 'vue-router';

export const catalogueRoutes: RouteRecordRaw[] = [
  { path: '/', name: 'sales', component: () => import('./SalesPage.vue'), meta: { texts: ['catalogue'], title: 'catalogue.sales.title' } },
];
