// A lot as this client knows it: a fold of frames, by seq. A frame that is not newer changes nothing, one that leaves a gap is not
// taken (the caller joins again from where it stands), so what is shown was true at one moment of the ledger. Pure.
import type { ServerEvents, components } from '@/api/generated/live';

export type State = components['schemas']['State'];
export type You = components['schemas']['You'];
export type PublicEvent = components['schemas']['PublicEvent'];

export interface HistoryBid {
  seq: number;
  amount: number;
  paddle: number;
  auto: boolean;
  atMs: number;
  retracted?: boolean;
}

export interface Notice {
  seq: number;
  kind: 'message' | 'warned' | 'paused' | 'resumed' | 'retracted' | 'reopened' | 'extended';
  text: string;
  outage: boolean;
  /** When it was heard, by the server's clock. */
  atMs: number;
}

export interface Lot {
  state: State;
  /** Newest last; at most HISTORY_KEPT. A frozen list, replaced by another when something comes: that it is another one says that it
      changed, and nobody has to keep watch over each of a thousand bids. */
  bids: readonly HistoryBid[];
  /** The latest word of the auctioneer. */
  notice: Notice | null;
  /** Steady time of the last frame that told how things stand. */
  heardAt: number;
}

export const HISTORY_KEPT = 2_000;

/** `gap`: something is missing before this frame. */
export type Applied = 'changed' | 'known' | 'gap';

export function lotOf(state: State, heardAt: number): Lot {
  return { state, bids: Object.freeze([]), notice: null, heardAt };
}

export function addBids(lot: Lot, bids: readonly HistoryBid[]): void {
  const newest = lot.bids.at(-1)?.seq ?? -1;
  let all: HistoryBid[];
  if (bids.every(({ seq }, i) => seq > (bids[i - 1]?.seq ?? newest))) {
    if (bids.length === 0) return;
    all = [...lot.bids, ...bids];
  } else {
    const have = new Set(lot.bids.map(({ seq }) => seq));
    all = [...lot.bids, ...bids.filter(({ seq }) => !have.has(seq))].sort((a, b) => a.seq - b.seq);
  }
  lot.bids = Object.freeze(all.slice(-HISTORY_KEPT));
}

/** The whole state, after a join or when we fell behind. `you` null in it says nothing new. */
export function applyState(lot: Lot, state: State, heardAt: number): Applied {
  lot.heardAt = heardAt;
  if (state.seq < lot.state.seq) return 'known';
  const you = state.you ?? lot.state.you;
  lot.state = { ...state, you };
  return 'changed';
}

export function applyUpdate(lot: Lot, update: ServerEvents['auction:update'], heardAt: number): Applied {
  const { state } = lot;
  if (update.seq <= state.seq) return 'known';
  if (update.prevSeq > state.seq) return 'gap';
  lot.heardAt = heardAt;
  state.seq = update.seq;
  state.status = update.status;
  state.price = update.price;
  state.leader = update.leader;
  state.bidCount = update.bidCount;
  state.minNextBid = update.minNextBid;
  state.step = update.step;
  state.reserve = update.reserve;
  state.startPrice = update.startPrice;
  state.startsAtMs = update.startsAtMs;
  state.endsAtMs = update.endsAtMs;
  state.remainingMs = update.remainingMs;
  state.extensions = update.extensions;
  if (state.you) state.you.leading = state.you.paddle !== null && state.you.paddle === update.leader;
  // A maximum binds while its owner leads; before the start it waits.
  if (state.you && !state.you.leading && update.status !== 'scheduled') state.you.maxAmount = null;
  addBids(lot, update.bids);
  return 'changed';
}

/** Events missed while away, of a join with sinceSeq: they carry the history; the state beside them carries the rest. */
export function applyEvents(lot: Lot, events: readonly PublicEvent[]): void {
  const bids: HistoryBid[] = [];
  for (const event of events as readonly (PublicEvent & Partial<HistoryBid> & { retracts?: number })[]) {
    if (event.type === 'bid' && event.amount !== undefined && event.paddle !== undefined)
      bids.push({ seq: event.seq, amount: event.amount, paddle: event.paddle, auto: event.auto ?? false, atMs: event.atMs });
    else if (event.type === 'bid_retracted' && event.retracts !== undefined) retract(lot, event.retracts);
  }
  addBids(lot, bids);
}

/** Marks a bid, and what the house answered to it, as taken back. */
export function retract(lot: Lot, seq: number): void {
  if (lot.bids.some((bid) => bid.seq === seq)) lot.bids = Object.freeze(lot.bids.map((bid) => (bid.seq === seq ? { ...bid, retracted: true } : bid)));
}

/** One's own highest bid that stands in the history; null: there is none. */
export function ownBid({ state, bids }: Lot): number | null {
  const paddle = state.you?.paddle ?? null;
  for (let at = bids.length - 1; paddle !== null && at >= 0; at--) {
    const bid = bids[at];
    if (bid?.paddle === paddle && !bid.retracted) return bid.amount;
  }
  return null;
}

/** The latest word as long as it means something: a fair warning until the next bid, and all but a message until the lot has ended. */
export function standingNotice({ notice, state, bids }: Lot): Notice | null {
  if (!notice || notice.kind === 'message') return notice;
  if (state.status !== 'active' && state.status !== 'paused') return null;
  return notice.kind === 'warned' && (bids.at(-1)?.seq ?? 0) > notice.seq ? null : notice;
}

/** Tax-inclusive, in basis points of the sale. */
export const taxRate = (lot: Lot): number => lot.state.taxRate;
