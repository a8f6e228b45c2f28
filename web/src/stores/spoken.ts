// What screen readers hear. Urgent things at once, each by itself; the rest politely and no oftener than every few seconds: a price that
// moves ten times a second would be noise. Of one thing the latest is said, of several each.
import { defineStore } from 'pinia';
import { ref } from 'vue';

const POLITE_MS = 5_000;
/** What was said stays for those who read the page line by line, but not for long. */
const KEPT_MS = 10_000;

export const useSpoken = defineStore('spoken', () => {
  const urgent = ref<{ key: number; text: string }[]>([]);
  const polite = ref('');
  const waiting = new Map<number, string>();
  let next = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** At once: a line of its own, for one that takes the place of another may not be heard. */
  function now(text: string): void {
    const key = next++;
    urgent.value.push({ key, text });
    setTimeout(() => (urgent.value = urgent.value.filter((line) => line.key !== key)), KEPT_MS);
  }

  /** When there is a moment; of what is said about one lot (0: about none), the latest. */
  function soon(text: string, auctionId = 0): void {
    waiting.delete(auctionId);
    waiting.set(auctionId, text);
    if (timer === undefined) flush();
  }

  /** Another page stands there: what waited to be said was of the one before. */
  function arrive(title: string): void {
    clearTimeout(timer);
    waiting.clear();
    polite.value = title;
    timer = setTimeout(flush, POLITE_MS);
  }

  function flush(): void {
    timer = undefined;
    if (waiting.size === 0) return;
    polite.value = [...waiting.values()].join(' ');
    waiting.clear();
    timer = setTimeout(flush, POLITE_MS);
  }

  return { urgent, polite, now, soon, arrive };
});
