// Everything that the console shows of a sale, for as long as its page is open: the board (all lots), the desk (what only the office
// sees), and the rooms of what runs, as many as a connection may have, with the lot in hand always among them.
import { computed, onBeforeUnmount, onMounted, ref, watch, type ComputedRef, type Ref } from 'vue';
import { consoleLot, running as sortRunning, type ConsoleLot } from '@/live/desk';
import { useDesk } from '@/stores/desk';
import { useLots } from '@/stores/lots';
import { useSaleBoard } from '@/stores/saleBoard';

/** A connection has 20 rooms; the others of what runs are told of once a second, by desk and board. */
const ROOMS_MAX = 18;

export interface Console {
  /** In order of lot number. */
  lots: ComputedRef<ConsoleLot[]>;
  /** Soonest end first. */
  running: ComputedRef<ConsoleLot[]>;
  /** The next one to be opened. */
  next: ComputedRef<ConsoleLot | undefined>;
  /** The auction in hand. Nothing but the auctioneer's hand changes it, once there is one. */
  focused: Ref<number | null>;
  inHand: ComputedRef<ConsoleLot | undefined>;
}

export function useConsole(saleId: number): Console {
  const board = useSaleBoard();
  const desk = useDesk();
  const rooms = useLots();
  const focused = ref<number | null>(null);

  const lots = computed(() =>
    [...board.lots.values()]
      .flatMap((row) => consoleLot(rooms.lots.get(row.auctionId)?.state, desk.lots.get(row.auctionId), row) ?? [])
      .sort((a, b) => a.lotNumber - b.lotNumber),
  );
  const running = computed(() => sortRunning(lots.value));

  const entered = new Set<number>();
  const wanted = computed(() => new Set([...(focused.value === null ? [] : [focused.value]), ...running.value.slice(0, ROOMS_MAX).map(({ auctionId }) => auctionId)]));
  function enter(ids: ReadonlySet<number>): void {
    for (const id of entered) if (!ids.has(id) && entered.delete(id)) rooms.unwatch(id);
    for (const id of ids) if (!entered.has(id) && entered.add(id)) rooms.watch(id);
  }
  watch(() => [...wanted.value].sort().join(), () => enter(wanted.value));

  // The first lot that runs is taken in hand for a start.
  watch(running, ([first]) => (focused.value ??= first?.auctionId ?? null));

  onMounted(() => {
    board.open(saleId);
    desk.open(saleId);
  });
  onBeforeUnmount(() => {
    board.close();
    desk.close();
    enter(new Set());
  });

  return {
    lots,
    running,
    next: computed(() => lots.value.find(({ status }) => status === 'scheduled')),
    focused,
    inHand: computed(() => lots.value.find(({ auctionId }) => auctionId === focused.value)),
  };
}
