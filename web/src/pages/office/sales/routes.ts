import type { RouteRecordRaw } from 'vue-router';

const texts = ['office', 'officeSale', 'catalogue'];
const id = (route: { params: Record<string, string | string[]> }) => ({ id: Number(route.params.id) });

/** Below /office; `office` is among the texts of each, for the navigation. */
export const officeSaleRoutes: RouteRecordRaw[] = [
  { path: 'sales', name: 'office-sales', component: () => import('./OfficeSalesPage.vue'), meta: { who: 'office', texts, title: 'office.sales.title' } },
  { path: 'sales/new', name: 'office-sale-new', component: () => import('./SaleNewPage.vue'), meta: { who: 'office', texts, title: 'officeSale.new.title' } },
  {
    path: 'sales/:id(\\d+)',
    component: () => import('./OfficeSalePage.vue'),
    props: id,
    meta: { who: 'office', texts },
    children: [
      { path: '', name: 'office-sale-lots', component: () => import('./SaleLotsPage.vue'), meta: { who: 'office', texts, title: 'officeSale.tab.lots' } },
      { path: 'settings', name: 'office-sale-settings', component: () => import('./SaleSettingsPage.vue'), meta: { who: 'office', texts, title: 'officeSale.tab.settings' } },
      { path: 'import', name: 'office-sale-import', component: () => import('./SaleImportPage.vue'), meta: { who: 'office', texts, title: 'officeSale.tab.import' } },
    ],
  },
];
