// Coming to another page without the browser loading one: whoever does not see the screen is told its title, and the focus goes to the
// page's heading, or to the page while that has none yet. Otherwise it would stay on a link of the page that one has left. What is
// still there with its heading (the next lot by a key, a part of the same sale) was not left, and keeps the focus.
import { nextTick, onScopeDispose } from 'vue';
import { useRouter } from 'vue-router';
import { useSpoken } from '@/stores/spoken';

/** Takes the focus though one cannot tab to it. */
function focusOn(element: HTMLElement | null): void {
  if (!element) return;
  if (!element.hasAttribute('tabindex')) element.tabIndex = -1;
  element.focus({ preventScroll: true }); // where the page stands is the router's affair
}

export function useArrival(): void {
  const spoken = useSpoken();
  const page = () => document.getElementById('main');
  const heading = () => page()?.querySelector<HTMLElement>('h1') ?? null;
  onScopeDispose(
    useRouter().afterEach(async (to, from, failure) => {
      if (failure || to.path === from.path) return;
      const [had, held] = [heading(), document.activeElement];
      await nextTick();
      spoken.arrive(document.title);
      // A field that asked for the focus has it already.
      if (document.activeElement !== held && page()?.contains(document.activeElement)) return;
      const stays = had !== null && had === heading() && held?.isConnected === true && page()?.contains(held) === true;
      const part = to.hash ? document.getElementById(to.hash.slice(1)) : null; // that very part of the page was asked for
      if (!stays) focusOn(part ?? heading() ?? page());
    }),
  );
}
