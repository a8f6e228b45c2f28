// When a dialog closes, the focus goes back to where it was before, so that the keyboard does not begin at the top of the page again. The
// library does so only for dialogs that are opened by a part of themselves; ours are opened by whatever wants an answer.
import { onScopeDispose } from 'vue';

/** What had the focus last, newest first: what opened the dialog may be gone with the menu that it stood in. */
const KEPT = 5;

export function useReturnFocus(): void {
  let before: HTMLElement[] = [];
  const origins = new Map<Element, HTMLElement[]>();
  const isThere = (element: HTMLElement) => element.isConnected && element.getClientRects().length > 0;

  function back(): void {
    for (const [dialog, held] of origins) {
      if (dialog.isConnected && dialog.classList.contains('v-overlay--active')) continue;
      origins.delete(dialog);
      const { activeElement } = document;
      if (activeElement === document.body || dialog.contains(activeElement)) held.find(isThere)?.focus({ preventScroll: true });
    }
  }
  const observer = new MutationObserver(back);
  function came({ target }: FocusEvent): void {
    if (!(target instanceof HTMLElement)) return;
    const dialog = target.closest('.v-dialog');
    if (dialog?.parentElement && !origins.has(dialog)) {
      origins.set(dialog, before);
      observer.observe(dialog.parentElement, { childList: true });
      observer.observe(dialog, { attributeFilter: ['class'] });
    }
    before = [target, ...before.filter((one) => one !== target)].slice(0, KEPT);
  }
  document.addEventListener('focusin', came);
  onScopeDispose(() => {
    document.removeEventListener('focusin', came);
    observer.disconnect();
  });
}
