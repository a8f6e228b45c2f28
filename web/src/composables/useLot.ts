// A lot that a component looks at, live, for as long as it does; and what follows from its state and the clock.
import { computed, toValue, watch, type ComputedRef, type MaybeRefOrGetter } from 'vue';
import { Countdown, inTenths } from '@/live/countdown';
import type { Lot } from '@/live/lot';
import { useLive } from '@/stores/live';
import { useLots } from '@/stores/lots';
import { useNow } from './useNow';

/** How the person stands on the lot, in the order in which it matters. */
export type Standing = 'leading' | 'outbid' | 'won' | 'lost' | 'none';

/** Without a frame for so long, what is shown is not fit to bid on: a running lot's room hears something every second. */
export const STALE_S = 4;

export interface LiveLot {
  lot: ComputedRef<Lot | undefined>;
  /** A refusal's code when the lot is not to be had. */
  failure: ComputedRef<string | undefined>;
  /** ms left as shown, in whole tenths of a second; null: no clock runs. */
  remainingMs: ComputedRef<number | null>;
  judging: ComputedRef<boolean>;
  /** Whole seconds since the last word from the server. */
  ageS: ComputedRef<number>;
  stale: ComputedRef<boolean>;
  standing: ComputedRef<Standing>;
}

export function useLot(auctionId: MaybeRefOrGetter<number>): LiveLot {
  const lots = useLots();
  const live = useLive();
  const now = useNow();
  const countdown = new Countdown();

  watch(
    () => toValue(auctionId),
    (id, _, onCleanup) => {
      lots.watch(id);
      onCleanup(() => lots.unwatch(id));
    },
    { immediate: true },
  );

  const lot = computed(() => lots.lots.get(toValue(auctionId)));
  const running = computed(() => lot.value?.state.status === 'active');

  const remainingMs = computed(() => {
    const state = lot.value?.state;
    if (!state) return null;
    if (state.status === 'paused') return state.remainingMs ?? null;
    return inTenths(now.value && state.status === 'active' ? countdown.show(state.endsAtMs, now.value) : null);
  });

  const ageS = computed(() => (now.value && lot.value ? Math.floor(Math.max(0, performance.now() - lot.value.heardAt) / 1000) : 0));

  const stale = computed(() => !live.isUp || !lots.sure.has(toValue(auctionId)) || (running.value && ageS.value >= STALE_S));
  watch(stale, (now) => now && void live.connection.probe());

  return {
    lot,
    failure: computed(() => lots.failures.get(toValue(auctionId))),
    remainingMs,
    // By the clock that is shown, which does not go back: at the end a better knowledge of the time shall not open the bidding again.
    judging: computed(() => running.value && remainingMs.value === 0),
    ageS,
    stale,
    standing: computed(() => standingOf(lot.value, lots.led.has(toValue(auctionId)))),
  };
}

/** `led`: this person led the lot at some time since the page was opened. */
export function standingOf(lot: Lot | undefined, led: boolean): Standing {
  const you = lot?.state.you;
  if (!lot || !you || you.paddle === null) return 'none';
  const leads = lot.state.leader !== null && lot.state.leader === you.paddle;
  const mine = led || lot.bids.some((bid) => bid.paddle === you.paddle && !bid.retracted);
  if (lot.state.status === 'sold') return leads ? 'won' : mine ? 'lost' : 'none';
  if (lot.state.status === 'passed') return leads || mine ? 'lost' : 'none';
  if (lot.state.status === 'withdrawn') return 'none';
  if (leads) return 'leading';
  return mine ? 'outbid' : 'none';
}
