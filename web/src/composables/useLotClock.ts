// The clock of a lot as the console knows it, room or no room.
import { computed, type ComputedRef } from 'vue';
import { Countdown, inTenths } from '@/live/countdown';
import type { ConsoleLot } from '@/live/desk';
import { useNow } from './useNow';

export function useLotClock(lot: () => ConsoleLot): { remainingMs: ComputedRef<number | null>; judging: ComputedRef<boolean> } {
  const now = useNow();
  const countdown = new Countdown();
  return {
    remainingMs: computed(() => (lot().status === 'paused' ? lot().remainingMs : inTenths(now.value ? countdown.show(lot().endsAtMs, now.value) : null))),
    judging: computed(() => {
      const { endsAtMs } = lot();
      return endsAtMs !== null && now.value >= endsAtMs;
    }),
  };
}
