// Every page, by area. A route says whom it is for and which texts it needs; each area keeps its own list beside its pages.
import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw } from 'vue-router';
import { loadArea } from '@/i18n';
import { accountRoutes } from '@/pages/account/routes';
import { biddingRoutes } from '@/pages/bidding/routes';
import { consoleRoutes } from '@/pages/console/routes';
import { catalogueRoutes } from '@/pages/catalogue/routes';
import { officeRoutes } from '@/pages/office/routes';
import { useSession } from '@/stores/session';

declare module 'vue-router' {
  interface RouteMeta {
    /** Files of texts under i18n/ beyond `common`. */
    texts?: string[];
    /** Who may see the page; absent: everybody. */
    who?: 'user' | 'office' | 'admin';
    /** Key of the page's title. */
    title?: string;
  }
}

const routes: RouteRecordRaw[] = [
  ...catalogueRoutes,
  ...biddingRoutes,
  ...consoleRoutes,
  ...officeRoutes,
  ...accountRoutes,
  { path: '/:path(.*)*', name: 'not-found', component: () => import('@/pages/NotFoundPage.vue'), meta: { title: 'common.notFound.title' } },
];

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? {} : { top: 0 }),
});

/** Starts to fetch the parts of a page that the router will ask for, and import does not fetch twice. A failure is told then. */
function fetchParts({ matched }: RouteLocationNormalized): void {
  for (const { components } of matched)
    for (const part of Object.values(components ?? {})) if (typeof part === 'function') void (part as () => Promise<unknown>)().catch(() => undefined);
}

router.beforeEach(async (to) => {
  fetchParts(to);
  const session = useSession();
  await Promise.all([session.restore(), ...(to.meta.texts ?? []).map(loadArea)]);
  if (!to.meta.who) return true;
  if (!session.user) return { name: 'login', query: { to: to.fullPath } };
  const allowed = to.meta.who === 'user' || (to.meta.who === 'office' ? session.isOffice : session.isAdmin);
  return allowed ? true : { name: 'not-found' };
});
