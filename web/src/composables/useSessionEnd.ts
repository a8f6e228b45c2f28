// A session that ended elsewhere (from another device, by a new password, by the office) leaves nobody on a page that is for members: it
// leads to where one logs in, and back. In the office, where somebody may have typed much, one logs in over the page (SessionEnded).
import { watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { useSession } from '@/stores/session';

export function useSessionEnd(): void {
  const session = useSession();
  const route = useRoute();
  const router = useRouter();
  watch(
    () => session.ended,
    (ended) => {
      if (ended && route.meta.who === 'user') void router.push({ name: 'login', query: { to: route.fullPath } });
    },
  );
}
