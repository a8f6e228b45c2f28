import type { RouteRecordRaw } from 'vue-router';

export const biddingRoutes: RouteRecordRaw[] = [
  { path: '/auctions/:id(\\d+)', name: 'lot', component: () => import('./LotPage.vue'), props: ({ params }) => ({ id: Number(params.id) }), meta: { texts: ['bidding', 'catalogue'], title: 'bidding.title' } },
  { path: '/my/lots', name: 'my-lots', component: () => import('./MyLotsPage.vue'), meta: { who: 'user', texts: ['bidding', 'catalogue'], title: 'bidding.mine.title' } },
];
