// Lots of a sale in another order. Numbers are what people know a lot by, so a move shifts those between, as in a queue, and the numbers
// that lots have remain the numbers that are used. Lots that have started keep theirs. Pure.
import type { Schemas } from '@/api/client';

export interface Numbered {
  id: number;
  lotNumber: number;
  status: Schemas['AuctionStatus'];
}

export interface Renumbering {
  auctionId: number;
  lotNumber: number;
}

/** As many as one request takes. */
export const MOVES_MAX = 1_500;

export const isMovable = ({ status }: Numbered): boolean => status === 'draft' || status === 'scheduled';

const inOrder = (lots: readonly Numbered[]): Numbered[] => [...lots].sort((a, b) => a.lotNumber - b.lotNumber);

/** The lots with the numbers given to them, in order of them. */
export function renumbered<T extends Numbered>(lots: readonly T[], changes: readonly Renumbering[]): T[] {
  const numbers = new Map(changes.map(({ auctionId, lotNumber }) => [auctionId, lotNumber]));
  return lots.map((lot) => ({ ...lot, lotNumber: numbers.get(lot.id) ?? lot.lotNumber })).sort((a, b) => a.lotNumber - b.lotNumber);
}

/** The lot in the place of the one at `to`, among lots that may move. */
function shift(movable: readonly Numbered[], from: number, to: number): Renumbering[] {
  const order = movable.map(({ id }) => id);
  order.splice(to, 0, ...order.splice(from, 1));
  return order.map((auctionId, at) => ({ auctionId, lotNumber: movable[at]?.lotNumber ?? 0 })).filter(({ auctionId }, at) => movable[at]?.id !== auctionId);
}

/** What must be sent, request by request, for a lot to have a number; each leaves a whole order behind. null: it cannot have it. */
export function moveLot(lots: readonly Numbered[], id: number, number: number, most = MOVES_MAX): Renumbering[][] | null {
  const there = lots.find(({ lotNumber }) => lotNumber === number);
  const lot = lots.find((other) => other.id === id);
  if (!lot || !isMovable(lot) || (there && !isMovable(there))) return null;
  if (!there) return [[{ auctionId: id, lotNumber: number }]];
  const requests: Renumbering[][] = [];
  let movable = inOrder(lots).filter(isMovable);
  const end = movable.findIndex((other) => other.id === there.id);
  for (let at = movable.findIndex((other) => other.id === id); at !== end; ) {
    const to = end > at ? Math.min(end, at + most - 1) : Math.max(end, at - most + 1);
    const changes = shift(movable, at, to);
    requests.push(changes);
    movable = renumbered(movable, changes);
    at = to;
  }
  return requests;
}

/** The number of the lot that may move next above (-1) or below (+1); null at the ends. */
export function neighbourNumber(lots: readonly Numbered[], id: number, way: -1 | 1): number | null {
  const movable = inOrder(lots).filter(isMovable);
  const at = movable.findIndex((lot) => lot.id === id);
  return at < 0 ? null : (movable[at + way]?.lotNumber ?? null);
}

/** Numbers without gaps, in the same order. Each lot's only falls, so from the front any part of it leaves them unique. */
export function closeGaps(lots: readonly Numbered[], most = MOVES_MAX): Renumbering[][] {
  const fixed = new Set(lots.filter((lot) => !isMovable(lot)).map(({ lotNumber }) => lotNumber));
  const changes: Renumbering[] = [];
  let next = 1;
  for (const lot of inOrder(lots).filter(isMovable)) {
    while (fixed.has(next)) next++;
    if (lot.lotNumber !== next) changes.push({ auctionId: lot.id, lotNumber: next });
    next++;
  }
  return Array.from({ length: Math.ceil(changes.length / most) }, (_, at) => changes.slice(at * most, (at + 1) * most));
}
