// What this person was told. The list is the server's; news come live and are put on top; what was missed while away is fetched
// when the connection is back.
import { defineStore } from 'pinia';
import { ref, shallowRef, watch } from 'vue';
import { api, take } from '@/api/client';
import { withNews, type Notice } from '@/live/notification';
import { useLive } from './live';
import { useSession } from './session';

const PAGE = 30;

export const useNotifications = defineStore('notifications', () => {
  const live = useLive();
  const session = useSession();
  const items = shallowRef<Notice[]>([]);
  const unread = ref(0);
  const next = ref<string | null>(null);
  const loaded = ref(false);
  /** The latest that came while one looked on; the page shows it for a moment. */
  const news = shallowRef<Notice | null>(null);

  /** The newest page, or (`more`) the one after those that are there. */
  async function load(more = false): Promise<void> {
    const whose = session.user?.id;
    if (whose === undefined) return;
    const after = more ? next.value : null;
    const page = await take(api.GET('/api/notifications', { params: { query: { limit: PAGE, ...(after ? { after } : {}) } } }));
    if (session.user?.id !== whose) return;
    items.value = more ? [...items.value, ...page.items.filter(({ id }) => !items.value.some((had) => had.id === id))] : page.items;
    next.value = page.next;
    unread.value = page.unread ?? 0;
    loaded.value = true;
  }

  const mark = (which: (notice: Notice) => boolean) => {
    const readAt = new Date().toISOString();
    items.value = items.value.map((notice) => (notice.readAt === null && which(notice) ? { ...notice, readAt } : notice));
  };

  async function read(id: number): Promise<void> {
    const notice = items.value.find((one) => one.id === id);
    if (news.value?.id === id) news.value = null;
    if (notice && notice.readAt !== null) return;
    await take(api.POST('/api/notifications/{id}/read', { params: { path: { id } } }));
    mark((one) => one.id === id);
    unread.value = Math.max(0, unread.value - 1);
  }

  /** All that is shown; what came since stays unread. */
  async function readAll(): Promise<void> {
    const upTo = items.value[0]?.id;
    if (upTo === undefined) return;
    unread.value = (await take(api.POST('/api/notifications/read', { body: { upTo } }))).unread;
    mark(({ id }) => id <= upTo);
  }

  live.connection.on('notification', ({ unread: count, ...notice }) => {
    items.value = withNews(items.value, notice as Notice);
    unread.value = count;
    news.value = notice as Notice;
  });
  live.onUp(() => void load().catch(() => undefined));
  watch(
    () => session.user?.id,
    () => {
      items.value = [];
      unread.value = 0;
      next.value = null;
      loaded.value = false;
      news.value = null;
    },
  );

  return { items, unread, next, loaded, news, load, read, readAll };
});
