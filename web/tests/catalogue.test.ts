import { describe, expect, it } from 'vitest';
import type { CatalogueLot } from '@/stores/catalogue';
import { rowsInView } from '@/composables/useWindowRows';
import { find, fold } from '@/live/catalogue';

function lot(lotNumber: number, dam: string, rest: Partial<CatalogueLot> = {}): CatalogueLot {
  const horse = { displayNameJa: `${dam}の2025`, displayNameEn: `Dam ${lotNumber} 2025`, sireJa: 'ミナモノハナ', sireEn: 'Minamo', damJa: dam, damEn: null, damsireJa: null, damsireEn: null, breeder: null, consignor: '牧場', sex: 'male' };
  return { id: 100 + lotNumber, lotNumber, horse, price: null, startPrice: 1_000_000, status: 'scheduled', endsAtMs: null, ...rest } as CatalogueLot;
}
const wish = { text: '', sex: null, status: null, order: 'lot' as const, watched: null };
const numbers = (lots: CatalogueLot[]) => lots.map(({ lotNumber }) => lotNumber);

describe('a list of a thousand rows', () => {
  it.each([
    ['at its beginning', 300, { first: 0, end: 12 }],
    ['in its midst', -44_000, { first: 496, end: 516 }],
    ['at its end', -87_200, { first: 984, end: 1000 }],
    ['below the screen', 5_000, { first: 0, end: 0 }],
    ['above the screen', -200_000, { first: 1000, end: 1000 }],
  ])('draws what is on the screen and a little around it: %s', (_, top, rows) => {
    expect(rowsInView(1000, 88, top, 800)).toEqual(rows);
  });
});

describe('finding lots', () => {
  const lots = [lot(2, 'ハナ', { price: 3_000_000 }), lot(1, 'ヤマ', { endsAtMs: 5, status: 'active' }), lot(12, 'カワ', { price: 500_000 })];
  it('folds kana, width and capitals', () => expect(fold('はナＡｂ')).toBe('ハナab'));
  it('finds in all names, every word', () => {
    expect(numbers(find(lots, { ...wish, text: 'みなも  はな' }))).toEqual([1, 2, 12]);
    expect(numbers(find(lots, { ...wish, text: 'やま MINAMO' }))).toEqual([1]);
  });
  it('takes a number alone for a lot number', () => expect(numbers(find(lots, { ...wish, text: '２' }))).toEqual([2]));
  it('orders and filters', () => {
    expect(numbers(find(lots, { ...wish, order: '-price' }))).toEqual([2, 1, 12]);
    expect(numbers(find(lots, { ...wish, order: 'ending' }))).toEqual([1, 2, 12]);
    expect(numbers(find(lots, { ...wish, status: 'active' }))).toEqual([1]);
    expect(numbers(find(lots, { ...wish, watched: new Set([112]) }))).toEqual([12]);
  });
});
