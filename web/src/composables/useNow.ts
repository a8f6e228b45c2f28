// The server's time as a ref that moves: ten times a second while somebody looks, not at all in a hidden tab.
import { onScopeDispose, ref, type Ref } from 'vue';
import { useLive } from '@/stores/live';

const TICK_MS = 100;

const shared = { users: 0, timer: undefined as ReturnType<typeof setInterval> | undefined, now: ref(0) };

export function useNow(): Readonly<Ref<number>> {
  const live = useLive();
  const tick = () => {
    if (!document.hidden) shared.now.value = live.clock.now();
  };
  tick();
  if (shared.users++ === 0) {
    shared.timer = setInterval(tick, TICK_MS);
    document.addEventListener('visibilitychange', tick);
  }
  onScopeDispose(() => {
    if (--shared.users === 0) {
      clearInterval(shared.timer);
      document.removeEventListener('visibilitychange', tick);
    }
  });
  return shared.now;
}
