// Every lot somebody on this page looks at, live. A lot is joined when the first looks and left when the last has gone; after a
// break it is joined from the seq that is known, so that nothing is missed.
import { defineStore } from 'pinia';
import { reactive } from 'vue';
import type { ServerEvents } from '@/api/generated/live';
import { api, take } from '@/api/client';
import { HISTORY_KEPT, addBids, applyEvents, applyState, applyUpdate, lotOf, retract, type Lot, type Notice } from '@/live/lot';
import { RequestError } from '@/live/connection';
import { useLive } from './live';

/** Bids of one answer. */
const PAGE = 200;
/** After a refusal that says nothing of the lot. */
const AGAIN_MS = 2_000;
const PASSING = ['UNAVAILABLE', 'UNCERTAIN', 'INTERNAL', 'RATE_LIMITED'];

interface Watched {
  watchers: number;
  joining: boolean;
  again: boolean;
}

export const useLots = defineStore('lots', () => {
  const live = useLive();
  const lots = reactive(new Map<number, Lot>());
  const failures = reactive(new Map<number, string>());
  const watched = new Map<number, Watched>();
  /** Lots that were told of since the connection came up: of the others only what was before is known. */
  const sure = reactive(new Set<number>());
  /** Lots that this person has led since the page was opened. */
  const led = reactive(new Set<number>());
  const presence = reactive(new Map<number, { watchers: number; bidders: number }>());

  async function join(auctionId: number): Promise<void> {
    const entry = watched.get(auctionId);
    if (!entry) return;
    if (entry.joining) {
      entry.again = true;
      return;
    }
    entry.joining = true;
    const known = lots.get(auctionId);
    try {
      const answer = await live.connection.request('auction:join', { auctionId, ...(known ? { sinceSeq: known.state.seq } : {}) });
      if (watched.get(auctionId) !== entry) return;
      failures.delete(auctionId);
      sure.add(auctionId);
      if (known && !answer.resync) applyEvents(known, answer.events);
      if (known) applyState(known, answer.auction, performance.now());
      else lots.set(auctionId, lotOf(answer.auction, performance.now()));
      if (!known || answer.resync) void loadHistory(auctionId);
    } catch (error) {
      // Not up: the next connection joins. Not now: we ask again. Else the lot is not to be had, and the page says so.
      const code = error instanceof RequestError ? error.code : 'INTERNAL';
      if (!PASSING.includes(code)) failures.set(auctionId, code);
      else if (live.connection.isUp) setTimeout(() => !sure.has(auctionId) && live.connection.isUp && void join(auctionId), AGAIN_MS);
    }
    entry.joining = false;
    if (entry.again && watched.has(auctionId)) {
      entry.again = false;
      void join(auctionId);
    }
  }

  function joinAll(): void {
    sure.clear();
    watched.forEach((_, auctionId) => void join(auctionId));
  }

  /** The bids from before we came, the latest first, as far back as a history goes. */
  async function loadHistory(auctionId: number): Promise<void> {
    try {
      for (let after: string | undefined, count = 0; count < HISTORY_KEPT; count += PAGE) {
        const page = await take(api.GET('/api/auctions/{id}/bids', { params: { path: { id: auctionId }, query: { limit: PAGE, ...(after ? { after } : {}) } } }));
        const lot = lots.get(auctionId);
        if (lot) addBids(lot, [...page.items].sort((a, b) => a.seq - b.seq));
        if (!lot || page.next === null) return;
        after = page.next;
      }
    } catch {
      // the history fills up with what comes
    }
  }

  function watch(auctionId: number): void {
    const entry = watched.get(auctionId);
    if (entry) entry.watchers++;
    else {
      watched.set(auctionId, { watchers: 1, joining: false, again: false });
      void join(auctionId);
    }
  }

  function unwatch(auctionId: number): void {
    const entry = watched.get(auctionId);
    if (!entry || --entry.watchers > 0) return;
    watched.delete(auctionId);
    lots.delete(auctionId);
    failures.delete(auctionId);
    sure.delete(auctionId);
    presence.delete(auctionId);
    void live.connection.request('auction:leave', { auctionId }).catch(() => undefined);
  }

  function notice(auctionId: number, seq: number, kind: Notice['kind'], data: Record<string, unknown>): void {
    const lot = lots.get(auctionId);
    if (!lot) return;
    const text = typeof data.message === 'string' ? data.message : typeof data.reason === 'string' ? data.reason : '';
    lot.notice = { seq, kind, text, outage: data.outage === true, atMs: live.clock.now() };
    lot.heardAt = performance.now();
  }

  function listen(): void {
    const { connection } = live;
    connection.on('auction:update', (update) => {
      const lot = lots.get(update.auctionId);
      if (!lot) return;
      if (applyUpdate(lot, update, performance.now()) === 'gap') {
        sure.delete(update.auctionId);
        void join(update.auctionId);
      } else if (lot.state.you?.leading) led.add(update.auctionId);
    });
    connection.on('auction:state', (state) => {
      const lot = lots.get(state.auctionId);
      if (lot) applyState(lot, state, performance.now());
    });
    connection.on('auction:timer', ({ auctionId, seq, endsAtMs }) => {
      const lot = lots.get(auctionId);
      if (!lot) return;
      // The last frame before this one never came: no later frame would show the gap.
      if (seq > lot.state.seq) return void join(auctionId);
      lot.heardAt = performance.now();
      if (seq === lot.state.seq) lot.state.endsAtMs = endsAtMs;
    });
    connection.on('auction:presence', ({ auctionId, watchers, bidders }) => {
      if (watched.has(auctionId)) presence.set(auctionId, { watchers, bidders });
    });
    connection.on('you:update', ({ auctionId, saleId, leading, maxAmount, availableCredit }) => {
      // The credit is the sale's, so it concerns every lot of it that is on the screen.
      for (const { state } of lots.values()) if (state.saleId === saleId && state.you) state.you.availableCredit = availableCredit;
      const lot = auctionId === null ? undefined : lots.get(auctionId);
      if (lot?.state.you) lot.state.you.maxAmount = maxAmount;
      if (auctionId !== null && leading) led.add(auctionId);
    });
    connection.on('auction:retracted', (data) => {
      const lot = lots.get(data.auctionId);
      const { retracts } = data as { retracts?: number };
      if (lot && retracts !== undefined) retract(lot, retracts);
    });
    const kinds = { message: 'auction:message', warned: 'auction:warned', paused: 'auction:paused', resumed: 'auction:resumed', retracted: 'auction:retracted', reopened: 'auction:reopened' } as const;
    for (const [kind, event] of Object.entries(kinds) as [keyof typeof kinds, keyof ServerEvents][])
      connection.on(event, (data) => {
        const { auctionId, seq } = data as { auctionId: number; seq: number };
        notice(auctionId, seq, kind, data as Record<string, unknown>);
      });
  }

  listen();
  live.onUp(joinAll);

  return { lots, failures, sure, led, presence, watch, unwatch, join };
});
