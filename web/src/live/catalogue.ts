// Finding lots in a catalogue: what is typed is looked for in all names, in the form in which people type it.
import type { Schemas } from '@/api/client';
import type { ServerEvents } from '@/api/generated/live';

type Lot = Schemas['Auction'];
/** A command's answer does not tell of a lot's number. */
export type BoardLot = Omit<ServerEvents['sale:update']['lots'][number], 'lotNumber'> & { lotNumber?: number };

export type Order = 'lot' | 'price' | '-price' | 'ending';

export interface Wish {
  text: string;
  sex: string | null;
  status: string | null;
  order: Order;
  watched: ReadonlySet<number> | null;
}

/** Full-width and half-width, hiragana and katakana, capitals: all one. */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u3041-\u3096]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60));
}

function names({ horse, lotNumber }: Lot): string {
  return fold([lotNumber, horse.displayNameJa, horse.displayNameEn, horse.sireJa, horse.sireEn, horse.damJa, horse.damEn, horse.damsireJa, horse.damsireEn, horse.breeder, horse.consignor].filter((name) => name !== null).join('\n'));
}

const index = new WeakMap<Lot, string>();

function matches(lot: Lot, words: readonly string[]): boolean {
  let text = index.get(lot);
  if (text === undefined) index.set(lot, (text = names(lot)));
  return words.every((word) => (text as string).includes(word));
}

const priceOf = ({ price, startPrice }: Lot) => price ?? startPrice;
const ORDERS: Record<Order, (a: Lot, b: Lot) => number> = {
  lot: (a, b) => a.lotNumber - b.lotNumber,
  price: (a, b) => priceOf(a) - priceOf(b) || a.lotNumber - b.lotNumber,
  '-price': (a, b) => priceOf(b) - priceOf(a) || a.lotNumber - b.lotNumber,
  ending: (a, b) => (a.endsAtMs ?? Infinity) - (b.endsAtMs ?? Infinity) || a.lotNumber - b.lotNumber,
};

/** The lots that were wished for, in the order wished for. A number alone is a lot's number. */
export function find(lots: readonly Lot[], { text, sex, status, order, watched }: Wish): Lot[] {
  const words = fold(text).split(/\s+/).filter(Boolean);
  const number = words.length === 1 && /^\d+$/.test(words[0] ?? '') ? Number(words[0]) : null;
  return lots
    .filter((lot) => (number !== null ? lot.lotNumber === number : matches(lot, words)))
    .filter((lot) => (!sex || lot.horse.sex === sex) && (!status || lot.status === status) && (!watched || watched.has(lot.id)))
    .sort(ORDERS[order]);
}

/** The lots as the board has them now, in order; the same array when that is nothing new. */
export function withBoard(lots: readonly Lot[], board: readonly BoardLot[]): readonly Lot[] {
  const fresh = new Map(board.map((lot) => [lot.auctionId, lot]));
  let changed = false;
  let renumbered = false;
  const next = lots.map((lot) => {
    const now = fresh.get(lot.id);
    const moved = now?.lotNumber !== undefined && now.lotNumber !== lot.lotNumber;
    if (!now || (now.seq <= lot.seq && !moved)) return lot;
    changed = true;
    renumbered ||= moved;
    const { seq, status, price, startsAtMs, endsAtMs, lotNumber = lot.lotNumber } = now;
    return now.seq > lot.seq ? { ...lot, lotNumber, seq, status, price, startsAtMs, endsAtMs } : { ...lot, lotNumber };
  });
  return renumbered ? next.sort((a, b) => a.lotNumber - b.lotNumber) : changed ? next : lots;
}

/** Whether the board has lots that the catalogue has not: some were added since it was loaded. */
export function hasStrangers(lots: readonly Lot[], board: readonly BoardLot[]): boolean {
  const known = new Set(lots.map(({ id }) => id));
  return board.some(({ auctionId }) => !known.has(auctionId));
}

/**
 * The lots of which the office sees more than the board tells, and of which it tells that this may be another now: drafts under another
 * version than before, and scheduled ones that had an event (of their reserve) and are scheduled still. Notes the versions.
 */
export function outdated(lots: readonly Lot[], board: readonly BoardLot[], versions: Map<number, number>): number[] {
  const known = new Map(lots.map((lot) => [lot.id, lot]));
  return board
    .filter(({ auctionId, version, status, seq }) => {
      const lot = known.get(auctionId);
      const before = versions.get(auctionId);
      if (version !== undefined) versions.set(auctionId, version);
      if (lot === undefined || lot.status !== status) return false;
      return status === 'draft' ? before !== undefined && version !== undefined && version > before : status === 'scheduled' && seq > lot.seq;
    })
    .map(({ auctionId }) => auctionId);
}

/** The lots without the drafts that a whole board has no more. */
export function withoutGone(lots: readonly Lot[], board: readonly BoardLot[]): readonly Lot[] {
  const there = new Set(board.map(({ auctionId }) => auctionId));
  return lots.every(({ id, status }) => status !== 'draft' || there.has(id)) ? lots : lots.filter(({ id, status }) => status !== 'draft' || there.has(id));
}
