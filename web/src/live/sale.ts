// Which sale the office is most likely at work on. Pure.
import type { Schemas } from '@/api/client';

type Sale = Pick<Schemas['Sale'], 'id' | 'status' | 'startsAt'>;

const RANK = { running: 0, published: 1, closed: 2, draft: 3 } as const;

/** The sale that is on; else the next one; else the one that ended last; null: there is none. */
export function likeliestSale(sales: readonly Sale[]): number | null {
  const start = ({ startsAt }: Sale) => (startsAt === null ? 0 : Date.parse(startsAt));
  const soonest = (a: Sale, b: Sale) => (a.status === 'published' ? (start(a) || Infinity) - (start(b) || Infinity) || 0 : start(b) - start(a));
  const [first] = [...sales].sort((a, b) => RANK[a.status] - RANK[b.status] || soonest(a, b) || b.id - a.id);
  return first?.id ?? null;
}
