import type { RouteRecordRaw } from 'vue-router';

/** Below /office; `office` is among the texts of each, for the navigation. */
export const officeNodeRoutes: RouteRecordRaw[] = [
  { path: 'nodes', name: 'office-nodes', component: () => import('./NodesPage.vue'), meta: { who: 'admin', texts: ['office', 'nodes'], title: 'nodes.title' } },
];
