// A question that is put away leaves whoever asked it where they were: on the button they pressed. Vuetify does that only for a dialog
// that holds its own button.
import { nextTick, watch } from 'vue';

export function useReturnedFocus(open: () => boolean): void {
  let from: Element | null = null;
  watch(
    open,
    async (is) => {
      if (is) {
        from = document.activeElement;
        return;
      }
      await nextTick();
      if (from instanceof HTMLElement && from.isConnected) from.focus({ preventScroll: true });
      from = null;
    },
    { flush: 'sync' },
  );
}
