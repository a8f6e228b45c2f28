// The office's desk at the sale that is open: what the public does not see of its lots, and what all consoles have done. It is told
// whole, at most once a second; after a break it is joined again.
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { addToLog, type Desk, type DeskCommand, type DeskLot } from '@/live/desk';
import { RequestError } from '@/live/connection';
import { useLive } from './live';

const AGAIN_MS = 3_000;

export const useDesk = defineStore('desk', () => {
  const live = useLive();
  const saleId = ref<number | null>(null);
  const desk = shallowRef<Desk | null>(null);
  const lots = shallowRef<ReadonlyMap<number, DeskLot>>(new Map());
  const log = shallowRef<readonly DeskCommand[]>([]);
  /** Why there is no desk to sit at; null: there is one, or it is being asked for. */
  const failure = ref<string | null>(null);
  let stop: (() => void) | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;

  function put(next: Desk): void {
    if (next.saleId !== saleId.value) return;
    desk.value = next;
    lots.value = new Map(next.lots.map((lot) => [lot.auctionId, lot]));
    log.value = addToLog(log.value, next.commands);
    failure.value = null;
  }

  async function join(): Promise<void> {
    const wanted = saleId.value;
    if (wanted === null) return;
    clearTimeout(again);
    try {
      put((await live.connection.request('desk:join', { saleId: wanted })).desk);
    } catch (error) {
      // Cut off: the next connection joins. Else it may be had in a moment, unless it is not for us or not there at all.
      if (saleId.value !== wanted || !live.isUp) return;
      failure.value = error instanceof RequestError ? error.code : 'INTERNAL';
      if (failure.value !== 'FORBIDDEN' && failure.value !== 'NOT_FOUND') again = setTimeout(() => void join(), AGAIN_MS);
    }
  }

  function open(id: number): void {
    close();
    saleId.value = id;
    stop = live.onUp(() => void join());
  }

  function close(): void {
    stop?.();
    stop = undefined;
    clearTimeout(again);
    if (saleId.value !== null) void live.connection.request('desk:leave', { saleId: saleId.value }).catch(() => undefined);
    saleId.value = null;
    desk.value = null;
    lots.value = new Map();
    log.value = [];
    failure.value = null;
  }

  live.connection.on('desk:update', put);

  return { desk, lots, log, failure, open, close };
});
