// What is drawn of a sale's report: prices by band and by lot, groups by turnover. Pure.
import type { Schemas } from '@/api/client';
import { fold } from '@/live/catalogue';

export type SaleReport = Schemas['SaleReport'];
export type ReportedLot = Schemas['ReportedLot'];

export const GROUPS = ['bySession', 'bySex', 'bySire', 'byConsignor'] as const;
export type Grouping = (typeof GROUPS)[number];

/** A bar: its amount in yen, or a count. */
export interface Bar<K> {
  key: K;
  value: number;
}

/** From (inclusive) and to (exclusive) in 万円; null: open. */
export interface Band {
  from: number | null;
  to: number | null;
}

/** Bands as the trade speaks of prices, narrow below and wide above (万円). */
const EDGES = [100, 200, 300, 500, 700, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000, 20_000, 50_000];

const soldPrices = (report: SaleReport): number[] => report.lots.flatMap(({ status, price }) => (status === 'sold' && price !== null ? [price / 1e4] : []));

/** How many were sold in each band, from the lowest that has any to the highest. */
export function distribution(report: SaleReport): Bar<Band>[] {
  const bars: Bar<Band>[] = [null, ...EDGES].map((from, i) => ({ key: { from, to: EDGES[i] ?? null }, value: 0 }));
  for (const price of soldPrices(report)) {
    const at = EDGES.findIndex((edge) => price < edge);
    const bar = bars[at === -1 ? EDGES.length : at];
    if (bar) bar.value++;
  }
  const used = bars.flatMap(({ value }, i) => (value > 0 ? [i] : []));
  return bars.slice(used[0] ?? bars.length, (used[used.length - 1] ?? 0) + 1);
}

/** The price of each lot that was sold, 0 of the others, in lot order. */
export function byLotOrder(report: SaleReport): Bar<ReportedLot>[] {
  const lots = [...report.lots].sort((a, b) => a.lotNumber - b.lotNumber);
  return lots.map((lot) => ({ key: lot, value: lot.status === 'sold' ? (lot.price ?? 0) : 0 }));
}

/** Groups by turnover, the highest first; beyond `most` they are one (key null). Days stay in their order. */
export function byGroup(report: SaleReport, grouping: Grouping, most: number): Bar<Schemas['SaleGroup'] | null>[] {
  const groups = report[grouping].filter(({ gross }) => gross > 0);
  if (grouping !== 'bySession') groups.sort((a, b) => b.gross - a.gross);
  const shown = groups.slice(0, groups.length > most ? most - 1 : most);
  const rest = groups.slice(shown.length).reduce((sum, { gross }) => sum + gross, 0);
  return [...shown.map((group) => ({ key: group, value: group.gross })), ...(rest > 0 ? [{ key: null, value: rest }] : [])];
}

const words = new WeakMap<ReportedLot, string>();

function wordsOf(lot: ReportedLot): string {
  let text = words.get(lot);
  if (text === undefined) words.set(lot, (text = fold([lot.displayNameJa, lot.displayNameEn, lot.sireJa, lot.sireEn, lot.damJa, lot.consignor, lot.buyerName].filter(Boolean).join('\n'))));
  return text;
}

/** The lots in which every word is found; a number alone is a lot's or a paddle. */
export function findReported(lots: readonly ReportedLot[], text: string): ReportedLot[] {
  const wanted = fold(text).split(/\s+/).filter(Boolean);
  const number = wanted.length === 1 && /^\d+$/.test(wanted[0] ?? '') ? Number(wanted[0]) : null;
  return lots.filter((lot) => (number !== null ? lot.lotNumber === number || lot.paddle === number : wanted.every((word) => wordsOf(lot).includes(word))));
}
