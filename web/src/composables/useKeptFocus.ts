// A browser forgets the focus when what has it is moved, disabled or taken away, and whoever works by keys begins at the top again. Where
// buttons come, go and change places by themselves, it stays on the same one; where that is gone, in the same place.
import { nextTick, watch, type Ref, type WatchSource } from 'vue';

/** `place` can be focused by a script (tabindex -1); `change` says when its buttons do. */
export function useKeptFocus(place: Readonly<Ref<HTMLElement | null | undefined>>, change: WatchSource<unknown>): void {
  watch(change, async () => {
    const held = document.activeElement;
    if (!(held instanceof HTMLElement) || !place.value?.contains(held)) return;
    await nextTick();
    const lost = () => document.activeElement === null || document.activeElement === document.body || (held === document.activeElement && held.matches(':disabled'));
    if (lost() && held.isConnected && !held.matches(':disabled')) held.focus({ preventScroll: true });
    if (lost()) place.value?.focus({ preventScroll: true });
  });
}
