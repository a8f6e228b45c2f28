// The token of a letter's link. It is taken out of the address at once: what stands there is kept in the history, and is sent to
// others with a screenshot.
import { useRoute, useRouter } from 'vue-router';

export function useLetterToken(): string {
  const route = useRoute();
  const router = useRouter();
  const { token } = route.query;
  if (token !== undefined) void router.replace({ query: {} });
  return typeof token === 'string' ? token : '';
}
