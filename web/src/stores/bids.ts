// Own bids, from the press to the verdict. Each shows at once as "sent" and then as what the server said. A bid without an answer
// is sent again under the same bidId, never under a new one, until somebody knows what became of it; but not long after it was meant:
// then the server is asked what it knows of it.
import { defineStore } from 'pinia';
import { computed, reactive } from 'vue';
import { api, take } from '@/api/client';
import type { ClientEvents } from '@/api/generated/live';
import { RequestError, type Refusal } from '@/live/connection';
import { useLive } from './live';
import { useLots } from './lots';

/** lost: the server knows nothing of it, and we do not send it any more. */
export type BidPhase = 'sent' | 'unknown' | 'accepted' | 'refused' | 'lost';

export interface OwnBid {
  bidId: string;
  auctionId: number;
  amount: number | null;
  maxAmount: number | null;
  /** Takes back a maximum left before the start. */
  withdraw: boolean;
  confirm: boolean;
  phase: BidPhase;
  atMs: number;
  seq: number | null;
  leading: boolean;
  /** Taken, and outbid in the same moment by a maximum that stood before it. */
  outdone: boolean;
  refusal: Refusal | null;
}

export interface BidWish {
  auctionId: number;
  amount?: number;
  maxAmount?: number;
  withdraw?: boolean;
  confirm?: boolean;
}

const KEPT = 100;
const RETRY_MS = 1_000;
/** A bid is not sent any more so long after the press: whoever pressed may have thought better of it. */
const MEANT_MS = 30_000;
const RETRIES = 100;

export const useBids = defineStore('bids', () => {
  const live = useLive();
  const lots = useLots();
  const bids = reactive<OwnBid[]>([]);
  /** Until when (server time) no bid of ours is taken; 0: now. */
  const limits = reactive({ untilMs: 0 });
  const pending = computed(() => bids.filter(({ phase }) => phase === 'sent' || phase === 'unknown'));

  function dataOf(bid: OwnBid): ClientEvents['auction:bid']['data'] {
    return {
      auctionId: bid.auctionId,
      bidId: bid.bidId,
      ...(bid.amount !== null ? { amount: bid.amount } : {}),
      ...(bid.maxAmount !== null ? { maxAmount: bid.maxAmount } : {}),
      ...(bid.withdraw ? { withdraw: true } : {}),
      ...(bid.confirm ? { confirm: true } : {}),
      sentAtMs: Date.now(),
    };
  }

  function accept(bid: OwnBid, answer: ClientEvents['auction:bid']['ack']): void {
    bid.phase = 'accepted';
    bid.seq = answer.seq;
    bid.leading = answer.leading;
    const state = lots.lots.get(bid.auctionId)?.state;
    bid.outdone = !answer.leading && !bid.withdraw && state?.status === 'active';
    if (!state?.you) return;
    state.you.bidsLeft = answer.bidsLeft;
    if (bid.withdraw) state.you.maxAmount = null;
    else if (bid.maxAmount !== null && (answer.leading || state.status === 'scheduled')) state.you.maxAmount = bid.maxAmount;
  }

  function refuse(bid: OwnBid, refusal: Refusal): void {
    bid.phase = 'refused';
    bid.refusal = refusal;
    if (refusal.code === 'RATE_LIMITED') limits.untilMs = live.clock.now() + (refusal.retryAfterMs ?? 6_000);
  }

  /** One sending; true when it is settled. */
  async function send(bid: OwnBid): Promise<boolean> {
    try {
      accept(bid, await live.connection.request('auction:bid', dataOf(bid)));
      return true;
    } catch (error) {
      const refusal = error instanceof RequestError ? error.refusal : { code: 'UNCERTAIN' as const, message: '' };
      const settled = refusal.code !== 'UNCERTAIN' && (refusal.code !== 'UNAVAILABLE' || bid.phase === 'sent');
      if (settled) refuse(bid, refusal);
      else bid.phase = 'unknown';
      return settled;
    }
  }

  /** What the server knows of it; true when that settles it. */
  async function askFate(bid: OwnBid): Promise<boolean> {
    try {
      const { verdict, seq, code } = await take(api.GET('/api/auctions/{id}/bids/by-id/{bidId}', { params: { path: { id: bid.auctionId, bidId: bid.bidId } } }));
      if (verdict === 'accepted') {
        bid.phase = 'accepted';
        bid.seq = seq ?? null;
        bid.leading = lots.lots.get(bid.auctionId)?.state.you?.leading ?? false;
      } else if (verdict === 'unknown') bid.phase = 'lost';
      else {
        const { minNextBid, step } = lots.lots.get(bid.auctionId)?.state ?? {};
        const why = (verdict === 'retracted' ? 'BID_RETRACTED' : (code ?? 'INTERNAL')) as Refusal['code'];
        refuse(bid, { code: why, message: '', ...(minNextBid === undefined ? {} : { minNextBid }), ...(step === undefined ? {} : { step }) });
      }
      return true;
    } catch {
      return false;
    }
  }

  /** Until its fate is known. Without a line nothing is sent, so that is no try. */
  async function settle(bid: OwnBid): Promise<void> {
    for (let tries = 0; tries < RETRIES; ) {
      if (await (live.clock.now() - bid.atMs < MEANT_MS ? send(bid) : askFate(bid))) return;
      if (live.isUp) tries++;
      await new Promise((wake) => setTimeout(wake, RETRY_MS));
    }
    bid.phase = 'lost';
  }

  /** Places a bid; resolves when its fate is known. */
  async function place({ auctionId, amount, maxAmount, withdraw = false, confirm = false }: BidWish): Promise<OwnBid> {
    bids.unshift({
      bidId: crypto.randomUUID(),
      auctionId,
      amount: amount ?? null,
      maxAmount: maxAmount ?? null,
      withdraw,
      confirm,
      phase: 'sent',
      atMs: live.clock.now(),
      seq: null,
      leading: false,
      outdone: false,
      refusal: null,
    });
    bids.splice(KEPT);
    const bid = bids[0] as OwnBid;
    await settle(bid);
    return bid;
  }

  function latest(auctionId: number): OwnBid | undefined {
    return bids.find((bid) => bid.auctionId === auctionId);
  }

  return { bids, pending, limits, place, latest };
});
