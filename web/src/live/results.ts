// How a sale went, counted from its catalogue. Pure.
import type { Schemas } from '@/api/client';

type Lot = Schemas['Auction'];

export interface Results {
  offered: number;
  sold: number;
  passed: number;
  withdrawn: number;
  /** Yen excluding tax, of the lots sold; null where none was. */
  total: number;
  mean: number | null;
  median: number | null;
  highest: Lot | null;
}

export function resultsOf(lots: readonly Lot[]): Results {
  const count = (status: Lot['status']) => lots.filter((lot) => lot.status === status).length;
  const sold = lots.filter(({ status, price }) => status === 'sold' && price !== null).sort((a, b) => (b.price ?? 0) - (a.price ?? 0));
  const prices = sold.map(({ price }) => price ?? 0);
  const total = prices.reduce((sum, price) => sum + price, 0);
  const [low, high] = [prices[Math.floor((prices.length - 1) / 2)], prices[Math.floor(prices.length / 2)]];
  return {
    offered: sold.length + count('passed'),
    sold: sold.length,
    passed: count('passed'),
    withdrawn: count('withdrawn'),
    total,
    mean: sold.length ? Math.round(total / sold.length) : null,
    median: low !== undefined && high !== undefined ? Math.round((low + high) / 2) : null,
    highest: sold[0] ?? null,
  };
}
