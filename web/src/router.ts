// Every page, by area. A route says whom it is for and which texts it needs; each area keeps its own list beside its pages.
import { START_LOCATION, createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw } from 'vue-router';
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
    /** Asks for what the page shows first; called while its parts are being fetched, when it is known who is there. Never rejects. */
    ahead?: () => Promise<unknown>;
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
  // A page that has just been opened stands at its top: to say so would only make the browser lay out what is not there yet.
  scrollBehavior: (to, from, saved) => saved ?? (to.hash ? { el: to.hash, top: 72 } : from === START_LOCATION || to.path === from.path ? false : { top: 0 }),
});

/** Starts to fetch the parts of a page that the router will ask for, and import does not fetch twice. A failure is told then. */
function fetchParts({ matched }: RouteLocationNormalized): void {
  for (const { components } of matched)
    for (const part of Object.values(components ?? {})) if (typeof part === 'function') void (part as () => Promise<unknown>)().catch(() => undefined);
}

/** A page is not held up for longer by what it shows first: then it stands without. */
const AHEAD_MS = 200;

router.beforeEach(async (to) => {
  fetchParts(to);
  const session = useSession();
  const asked = session.restore().then(() => to.meta.ahead && Promise.race([to.meta.ahead(), new Promise((late) => setTimeout(late, AHEAD_MS))]));
  await Promise.all([asked, ...(to.meta.texts ?? []).map(loadArea)]);
  if (!to.meta.who) return true;
  if (!session.user) return { name: 'login', query: { to: to.fullPath } };
  const allowed = to.meta.who === 'user' || (to.meta.who === 'office' ? session.isOffice : session.isAdmin);
  return allowed ? true : { name: 'not-found' };
});

// A part that cannot be had: there is a newer client on the server and this page's was not kept on the device, or the line is cut. The
// browser loads the page as a whole then, once.
router.onError((_, to, from) => {
  if (from.matched.length > 0) window.location.assign(to.fullPath);
});
