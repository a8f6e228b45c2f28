// What screen readers hear. Urgent things at once, the rest politely and no oftener than every few seconds: a price that moves ten
// times a second would be noise.
import { defineStore } from 'pinia';
import { ref } from 'vue';

const POLITE_MS = 5_000;

export const useSpoken = defineStore('spoken', () => {
  const urgent = ref('');
  const polite = ref('');
  let waiting: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** At once, over whatever is being said. */
  function now(text: string): void {
    urgent.value = '';
    queueMicrotask(() => (urgent.value = text));
  }

  /** When there is a moment; of several, the latest. */
  function soon(text: string): void {
    waiting = text;
    if (timer !== undefined) return;
    flush();
  }

  function flush(): void {
    timer = undefined;
    if (waiting === null) return;
    polite.value = waiting;
    waiting = null;
    timer = setTimeout(flush, POLITE_MS);
  }

  return { urgent, polite, now, soon };
});
