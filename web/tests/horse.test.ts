import { describe, expect, it } from 'vitest';
import { blankApplication, needsNumber } from '@/live/application';
import { hasStrangers, outdated, withBoard, withoutGone, type BoardLot } from '@/live/catalogue';
import { ageOn, either, formatRaceTime, pedigreeRows } from '@/live/horse';
import { placeOf, tell, withNews, type Notice } from '@/live/notification';
import { neighboursIn } from '@/composables/useNeighbours';
import type { CatalogueLot } from '@/stores/catalogue';

describe('a horse', () => {
  it('is a year older from New Year in Japan on, wherever the reader is', () => {
    expect(ageOn('2025-04-02', Date.parse('2025-12-31T14:59:59Z'))).toBe(0);
    expect(ageOn('2025-04-02', Date.parse('2025-12-31T15:00:00Z'))).toBe(1);
  });
  it('is named in the reader’s language, else in the other', () => {
    expect([either('ハナ', 'Hana', 'ja'), either('ハナ', null, 'en'), either(null, 'Hana', 'ja'), either(null, null, 'en')]).toEqual(['ハナ', 'ハナ', 'Hana', null]);
  });
  it.each([[94_500, '1:34.5'], [69_800, '1:09.8'], [59_960, '1:00.0'], [34_500, '34.5']])('ran %i ms: %s', (ms, text) => expect(formatRaceTime(ms)).toBe(text));
});

describe('a pedigree', () => {
  const parents = { sire: { ja: 'チチ' }, dam: { ja: 'ハハ' } };
  it('goes as far back as anybody is known', () => {
    expect(pedigreeRows({}, 'ja')).toEqual([]);
    expect(pedigreeRows(parents, 'ja').map((row) => row.map(({ way, rows }) => [way, rows]))).toEqual([[['sire', 1]], [['dam', 1]]]);
    expect(pedigreeRows({ ...parents, damDamDam: { en: 'Far' } }, 'ja')).toHaveLength(8);
  });
  it('puts every ancestor beside those it descends from, unknown ones too', () => {
    const rows = pedigreeRows({ ...parents, damSire: { ja: 'ハハチチ' } }, 'ja');
    expect(rows.map((row) => row.map(({ way, name, rows: span, male }) => `${way}:${name ?? '?'}:${span}${male ? 'm' : 'f'}`))).toEqual([
      ['sire:チチ:2m', 'sireSire:?:1m'], ['sireDam:?:1f'], ['dam:ハハ:2f', 'damSire:ハハチチ:1m'], ['damDam:?:1f'],
    ]);
  });
});

const lot = (id: number, rest: Partial<CatalogueLot> = {}) => ({ id, lotNumber: id, seq: 3, status: 'active', price: 100, startsAtMs: 1, endsAtMs: 9, ...rest }) as CatalogueLot;
const board = (auctionId: number, seq: number, rest: Partial<BoardLot> = {}): BoardLot => ({ auctionId, lotNumber: auctionId, seq, status: 'sold', price: 500, startsAtMs: 1, endsAtMs: 10, ...rest });

describe('the board of a sale', () => {
  it('changes the lots that it knows newer, and leaves the others be', () => {
    const lots = [lot(1), lot(2)];
    const next = withBoard(lots, [board(2, 4)]);
    expect(next[0]).toBe(lots[0]);
    expect(next[1]).toMatchObject({ id: 2, seq: 4, status: 'sold', price: 500, endsAtMs: 10 });
  });
  it('changes nothing by what is known', () => {
    const lots = [lot(1)];
    expect(withBoard(lots, [board(1, 3), board(7, 9)])).toBe(lots);
  });
  it('gives them other numbers, in their order, whatever their seq', () => {
    const next = withBoard([lot(1), lot(2)], [board(1, 3, { lotNumber: 9 })]);
    expect(next.map(({ id, lotNumber, status }) => [id, lotNumber, status])).toEqual([[2, 2, 'active'], [1, 9, 'active']]);
  });
  it('tells of lots that were added, drafts too', () => {
    expect(hasStrangers([lot(1)], [board(1, 3)])).toBe(false);
    expect(hasStrangers([lot(1)], [board(1, 3), board(2, 0, { status: 'draft' })])).toBe(true);
  });
  it('says of which more is to be asked: drafts that were changed, and scheduled ones that had an event', () => {
    const lots = [lot(1, { status: 'draft', seq: 0 }), lot(2, { status: 'scheduled', seq: 1 }), lot(3)];
    const versions = new Map<number, number>();
    const draft = (version: number) => board(1, 0, { status: 'draft', version });
    expect(outdated(lots, [draft(4), board(2, 1, { status: 'scheduled' }), board(3, 9, { status: 'active' })], versions)).toEqual([]);
    expect(outdated(lots, [draft(4)], versions)).toEqual([]);
    expect(outdated(lots, [draft(5), board(2, 2, { status: 'scheduled' }), board(3, 10, { status: 'active' })], versions)).toEqual([1, 2]);
    expect(outdated(lots, [board(1, 1, { status: 'scheduled' }), board(8, 0, { status: 'draft', version: 2 })], versions)).toEqual([]);
  });
  it('is without the drafts that are no more, and never without another', () => {
    const lots = [lot(1, { status: 'draft' }), lot(2, { status: 'draft' }), lot(3)];
    expect(withoutGone(lots, [board(2, 0)]).map(({ id }) => id)).toEqual([2, 3]);
    expect(withoutGone(lots, [board(2, 0), board(1, 0)])).toBe(lots);
  });
});

describe('lots beside a lot', () => {
  it('are the next numbers that there are, in whatever order they came', () => {
    const found = neighboursIn([lot(9), lot(2), lot(5), lot(3)], 5);
    expect([found.before?.id, found.after?.id]).toEqual([3, 9]);
    expect(neighboursIn([lot(5)], 5)).toEqual({ before: null, after: null });
  });
});

const notice = (id: number, rest: Partial<Notice> = {}): Notice => ({ id, kind: 'outbid', data: { seq: 1, price: 1_250_000 }, createdAt: '2026-07-14T01:02:03.456Z', readAt: null, auction: { id: 3, saleId: 1, lotNumber: 7, displayNameJa: 'ハナ', displayNameEn: 'Hana' }, ...rest });
const ids = (items: Notice[]) => items.map(({ id }) => id);

describe('notifications', () => {
  it('of outbid stand once for a lot while unread', () => {
    expect(ids(withNews([notice(4), notice(2, { auction: null })], notice(5)))).toEqual([5, 2]);
    expect(ids(withNews([notice(4, { readAt: '2026-07-14T01:02:04.000Z' })], notice(5)))).toEqual([5, 4]);
    expect(ids(withNews([notice(4, { kind: 'won' })], notice(5)))).toEqual([5, 4]);
  });
  it('come twice without harm, and late ones take their place', () => {
    expect(ids(withNews([notice(5)], notice(5)))).toEqual([5]);
    expect(ids(withNews([notice(9, { kind: 'won' })], notice(5)))).toEqual([9, 5]);
  });
  it('say what they are about, by decision and result, and fall back where there are no words', () => {
    expect(tell(notice(1), 'en')).toMatchObject({ keys: ['notifications.text.outbid', 'notifications.text.outbid', 'notifications.text.other'], values: { number: 7, name: 'Hana', price: '¥1,250,000' } });
    expect(tell(notice(1, { kind: 'registration', data: { decision: 'rejected', reason: '書類不備' }, auction: null }), 'ja')).toMatchObject({ keys: ['notifications.text.registration_rejected', 'notifications.text.registration', 'notifications.text.other'], reason: '書類不備' });
  });
  it('lead to their lot or application', () => {
    expect(placeOf(notice(1))).toEqual({ name: 'lot', params: { id: 3 } });
    expect(placeOf(notice(1, { kind: 'registration', data: { saleId: 2 }, auction: null }))).toEqual({ name: 'registration', params: { id: 2 } });
    expect(placeOf(notice(1, { auction: null }))).toBe(null);
  });
});

describe('an application', () => {
  it('asks owners registered in Japan for their number', () => {
    expect((['jra', 'nar', 'jra_nar', 'overseas', 'none'] as const).map(needsNumber)).toEqual([true, true, true, false, false]);
  });
  it('begins with what was said before', () => {
    expect(blankApplication(null)).toMatchObject({ ownerCategory: 'none', agent: false, requestedLimit: null });
  });
});
