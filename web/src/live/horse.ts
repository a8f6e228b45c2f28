// What is worked out of a horse for show: its age as the trade counts it, the pedigree as a chart, times of races. Pure.
import type { Schemas } from '@/api/client';

export type Horse = Schemas['Horse'];
export type Start = Schemas['Start'];

/** In Japan a horse is a year older on each New Year's Day; today is taken there too. */
export function ageOn(foaledOn: string, nowMs: number): number {
  const year = Number(new Intl.DateTimeFormat('en', { timeZone: 'Asia/Tokyo', year: 'numeric' }).format(nowMs));
  return Math.max(0, year - Number(foaledOn.slice(0, 4)));
}

/** A name in the reader's language, else in the other. */
export function either(japanese: string | null | undefined, english: string | null | undefined, language: string): string | null {
  return (language === 'ja' ? (japanese ?? english) : (english ?? japanese)) ?? null;
}

type Way = keyof Schemas['Pedigree'];

/** The ways in the order of a chart, generation by generation. */
const GENERATIONS: readonly (readonly Way[])[] = [
  ['sire', 'dam'],
  ['sireSire', 'sireDam', 'damSire', 'damDam'],
  ['sireSireSire', 'sireSireDam', 'sireDamSire', 'sireDamDam', 'damSireSire', 'damSireDam', 'damDamSire', 'damDamDam'],
];

export interface PedigreeCell {
  way: Way;
  name: string | null;
  male: boolean;
  /** Rows of the chart that it spans. */
  rows: number;
}

/** The chart row by row, as far back as anybody is known: each cell stands in the first of its rows. */
export function pedigreeRows(pedigree: Schemas['Pedigree'], language: string): PedigreeCell[][] {
  const known = (way: Way) => either(pedigree[way]?.ja, pedigree[way]?.en, language);
  const depth = Math.max(0, ...GENERATIONS.map((ways, at) => (ways.some((way) => known(way) !== null) ? at + 1 : 0)));
  const rows: PedigreeCell[][] = Array.from({ length: depth && 2 ** depth }, () => []);
  GENERATIONS.slice(0, depth).forEach((ways) => {
    const span = rows.length / ways.length;
    ways.forEach((way, at) => rows[at * span]?.push({ way, name: known(way), male: /sire$/i.test(way), rows: span }));
  });
  return rows;
}

/** 1:34.5, 34.5: tenths, as races are timed. */
export function formatRaceTime(ms: number): string {
  const tenths = Math.round(ms / 100);
  const minutes = Math.floor(tenths / 600);
  const seconds = ((tenths % 600) / 10).toFixed(1);
  return minutes > 0 ? `${minutes}:${seconds.padStart(4, '0')}` : seconds;
}

/** Newest first, however they were entered. */
export function byDate(starts: readonly Start[]): Start[] {
  return [...starts].sort((a, b) => b.date.localeCompare(a.date));
}
