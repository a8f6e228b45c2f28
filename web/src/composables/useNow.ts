// The server's time as a ref that moves (0 until it is known: a device whose clock is wrong shall not show a countdown of its own): often enough that a tenth of a second changes on the screen when it does on the clock, and not at
// all in a hidden tab. What is shown of it is rounded before it is rendered, so most of these moves cost next to nothing.
import { onScopeDispose, ref, type Ref } from 'vue';
import { useLive } from '@/stores/live';

const TICK_MS = 25;

const shared = { users: 0, timer: undefined as ReturnType<typeof setInterval> | undefined, now: ref(0) };

export function useNow(): Readonly<Ref<number>> {
  const live = useLive();
  const tick = () => {
    if (!document.hidden && live.clock.known) shared.now.value = live.clock.now();
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
