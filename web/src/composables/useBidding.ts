// Bidding on one lot: whether it can be done just now and by what amount, the way of a bid, and what is heard of it.
import { computed, ref, shallowRef, toValue, watch, type ComputedRef, type MaybeRefOrGetter, type Ref, type ShallowRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { formatYen } from '@/live/money';
import { PressGuard } from '@/live/press';
import { useBids, type BidWish } from '@/stores/bids';
import { useSession } from '@/stores/session';
import { useSpoken } from '@/stores/spoken';
import { useBidWords } from './useBidWords';
import type { LiveLot } from './useLot';
import { useNow } from './useNow';
import { useSignals } from './useSignals';

export interface Bidding {
  /** Why no bid can be made just now, as a key of texts; null: it can. */
  hindrance: ComputedRef<string | null>;
  /** How long the limit of bids a minute still keeps us from bidding, in s. */
  waitS: ComputedRef<number>;
  /** A bid on this lot is on its way. */
  busy: ComputedRef<boolean>;
  /** The next amount to bid; null: there is none for us. */
  nextAmount: ComputedRef<number | null>;
  guard: ShallowRef<PressGuard>;
  /** The amounts between which a press fell, so that it was not sent. */
  changed: Ref<{ from: number; to: number } | null>;
  place: (wish: Omit<BidWish, 'auctionId'>) => Promise<void>;
  tellChanged: (from: number, to: number) => void;
}

export function useBidding(auctionId: MaybeRefOrGetter<number>, { lot, judging, standing }: LiveLot): Bidding {
  const { t } = useI18n();
  const session = useSession();
  const bids = useBids();
  const spoken = useSpoken();
  const words = useBidWords();
  const { signal } = useSignals();
  const now = useNow();

  const state = computed(() => lot.value?.state);
  const waitS = computed(() => Math.ceil(Math.max(0, bids.limits.untilMs - now.value) / 1000));
  const changed = ref<{ from: number; to: number } | null>(null);
  const guard = shallowRef(new PressGuard());
  const id = computed(() => toValue(auctionId));
  watch(id, () => {
    guard.value = new PressGuard();
    changed.value = null;
  });

  const hindrance = computed(() => {
    if (!state.value) return 'loading';
    const { status, you } = state.value;
    if (status === 'sold' || status === 'passed' || status === 'withdrawn') return status;
    if (!session.user) return 'visitor';
    if (!you?.canBid) return 'notApproved';
    if (status === 'scheduled' || status === 'paused') return status;
    if (status !== 'active') return 'notActive';
    if (judging.value) return 'judging';
    return waitS.value > 0 ? 'limited' : null;
  });
  const nextAmount = computed(() => (state.value && hindrance.value === null && standing.value !== 'leading' ? state.value.minNextBid : null));

  const said = () => ({ lot: state.value?.lotNumber ?? 0, amount: formatYen(state.value?.price ?? 0) });

  async function place(wish: Omit<BidWish, 'auctionId'>): Promise<void> {
    changed.value = null;
    const bid = await bids.place({ auctionId: id.value, ...wish });
    if (bid.phase === 'accepted') signal(bid.outdone ? 'outbid' : 'accepted');
    else signal('refused');
    spoken.now(t('bidding.spoken.own', { ...said(), what: words.what(bid), outcome: words.outcome(bid) }));
  }

  function tellChanged(from: number, to: number): void {
    changed.value = { from, to };
    spoken.now(t('bidding.changed', { from: formatYen(from), to: formatYen(to) }));
  }

  watch(standing, (after, before) => {
    if (before === 'leading' && after === 'outbid') {
      signal('outbid');
      spoken.now(t('bidding.spoken.outbid', said()));
    } else if (after === 'won' && before === 'leading') {
      signal('won');
      spoken.now(t('bidding.spoken.won', said()));
    }
  });
  watch(
    () => [id.value, state.value?.price] as const,
    ([of, price], [before]) => price && of === before && spoken.soon(t('bidding.spoken.price', said()), of),
  );
  watch(
    () => [id.value, state.value?.extensions] as const,
    ([of, count], [before, earlier]) => of === before && count !== undefined && earlier !== undefined && count > earlier && signal('extended'),
  );
  watch(nextAmount, (next) => {
    if (changed.value && changed.value.to !== next) changed.value = null;
  });

  return { hindrance, waitS, busy: computed(() => bids.pending.some((bid) => bid.auctionId === id.value)), nextAmount, guard, changed, place, tellChanged };
}
