// How long one has to wait after a refusal that names a time, in whole seconds, counted down; 0 when it is over or there was none.
import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue';
import { ApiError } from '@/api/client';

const TICK_MS = 250;

export function useWait(error: () => unknown): Readonly<Ref<number>> {
  const left = ref(0);
  let timer: ReturnType<typeof setInterval> | undefined;
  watch(
    error,
    (now) => {
      clearInterval(timer);
      const end = performance.now() + (now instanceof ApiError ? (now.problem?.retryAfterMs ?? 0) : 0);
      const tick = () => {
        left.value = Math.max(0, Math.ceil((end - performance.now()) / 1000));
        if (left.value === 0) clearInterval(timer);
      };
      tick();
      if (left.value > 0) timer = setInterval(tick, TICK_MS);
    },
    { immediate: true },
  );
  onScopeDispose(() => clearInterval(timer));
  return readonly(left);
}
