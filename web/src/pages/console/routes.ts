import type { RouteRecordRaw } from 'vue-router';

export const consoleRoutes: RouteRecordRaw[] = [
  { path: '/console', name: 'console', component: () => import('./ConsoleStart.vue'), meta: { who: 'office', texts: ['console', 'office', 'catalogue', 'bidding'], title: 'console.title' } },
  { path: '/console/:id(\\d+)', name: 'console-sale', component: () => import('./ConsolePage.vue'), props: ({ params }) => ({ id: Number(params.id) }), meta: { who: 'office', texts: ['console', 'office', 'catalogue', 'bidding'], title: 'console.title' } },
];
