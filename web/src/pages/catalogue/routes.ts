import type { RouteRecordRaw } from 'vue-router';

export const catalogueRoutes: RouteRecordRaw[] = [
  { path: '/', name: 'sales', component: () => import('./SalesPage.vue'), meta: { texts: ['catalogue'], title: 'catalogue.sales.title' } },
  { path: '/sales/:id(\\d+)', name: 'sale', component: () => import('./SalePage.vue'), props: ({ params }) => ({ id: Number(params.id) }), meta: { texts: ['catalogue'], title: 'catalogue.title' } },
];
