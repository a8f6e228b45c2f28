import type { RouteRecordRaw } from 'vue-router';
import { useSales } from '@/stores/sales';

const sale = ({ params }: { params: Record<string, string | string[]> }) => ({ id: Number(params.id) });

export const catalogueRoutes: RouteRecordRaw[] = [
  { path: '/', name: 'sales', component: () => import('./SalesPage.vue'), meta: { texts: ['catalogue'], title: 'catalogue.sales.title', ahead: () => useSales().begin() } },
  { path: '/sales/:id(\\d+)', name: 'sale', component: () => import('./SalePage.vue'), props: sale, meta: { texts: ['catalogue', 'account'], title: 'catalogue.title' } },
  { path: '/sales/:id(\\d+)/results', name: 'sale-results', component: () => import('./ResultsPage.vue'), props: sale, meta: { texts: ['catalogue'], title: 'catalogue.results.title' } },
];
