// Asks again and again, one after the other, while somebody looks: not in a hidden tab, and at once when it is shown again.
import { onBeforeUnmount, onMounted } from 'vue';

export function usePolling(ask: () => Promise<unknown>, everyMs: number): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  let ended = false;

  async function turn(): Promise<void> {
    clearTimeout(timer);
    if (ended || asking || document.hidden) return;
    asking = true;
    await ask().catch(() => undefined);
    asking = false;
    if (!ended) timer = setTimeout(() => void turn(), everyMs);
  }
  const onShown = () => void turn();

  onMounted(() => {
    document.addEventListener('visibilitychange', onShown);
    void turn();
  });
  onBeforeUnmount(() => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onShown);
  });
}
