// Keys that do something wherever the focus is: not while somebody types, chooses from a list or answers a question, and not with
// Ctrl, Alt or Command, which are the browser's.
import { onBeforeUnmount, onMounted } from 'vue';

const TYPING = 'input, textarea, select, [contenteditable], [role="listbox"], [role="menu"], [role="dialog"]';

/** `act` says whether the key was one of its own. */
export function useShortcuts(act: (key: string) => boolean): void {
  function onKey(event: KeyboardEvent): void {
    const typing = event.target instanceof Element && event.target.closest(TYPING) !== null;
    const asked = document.querySelector('.v-overlay--active [role="dialog"], .v-overlay--active[role="dialog"]') !== null;
    if (typing || asked || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (act(event.key.toLowerCase())) event.preventDefault();
  }
  onMounted(() => window.addEventListener('keydown', onKey));
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey));
}
