// What the office's pages of a horse work out: the form and the body made of it, times of races, kinds of files, their order.
import { describe, expect, it } from 'vitest';
import { changes } from '@/live/edit';
import { blankHorse, horseBody, horseForm, kindOf, moved, parseRaceTime } from '@/live/horseForm';
import type { Horse } from '@/stores/officeHorses';

const horse = {
  id: 1, nameJa: null, nameEn: null, sex: 'male', coatColour: 'bay', foaledOn: '2025-03-09', sireJa: 'チチ', sireEn: null, damJa: 'ハハ', damEn: null, damsireJa: null, damsireEn: null,
  breeder: null, consignor: '牧場', consignorId: 4, notes: '', vetNotes: '', pedigree: { sire: { ja: 'チチ' }, dam: { ja: 'ハハ' }, sireSire: { ja: 'チチチチ' } },
  raceRecord: [{ date: '2027-07-01', course: '札幌', race: '新馬', finish: 1 }],
} as unknown as Horse;

describe('a horse in its form', () => {
  it('is unchanged as it comes', () => expect(changes(horseForm(horse), horseForm(horse))).toEqual({}));
  it('sends of pedigree and record what is known alone', () => {
    const form = horseForm(horse);
    form.pedigree.damDam.en = 'Grand';
    expect(horseBody({ pedigree: form.pedigree, raceRecord: form.raceRecord })).toEqual({
      pedigree: { sireSire: { ja: 'チチチチ' }, damDam: { en: 'Grand' } },
      raceRecord: [{ date: '2027-07-01', course: '札幌', race: '新馬', finish: 1 }],
    });
  });
  it('empties with null what had a value', () => expect(horseBody({ breeder: null, notes: '' })).toEqual({ breeder: null, notes: '' }));
  it('leaves out of a new one what was not entered', () => {
    expect(horseBody({ ...blankHorse(), damJa: 'ハハ', sex: 'female' }, true)).toEqual({ damJa: 'ハハ', sex: 'female', pedigree: {}, raceRecord: [] });
  });
});

it('reads times as races are timed', () => expect(['1:34.5', '58.2', '１:00', '', 'x', '0.0'].map(parseRaceTime)).toEqual([94_500, 58_200, 60_000, null, undefined, undefined]));
it('guesses what a file is', () => expect([{ name: 'a.mp4', type: 'video/mp4' }, { name: 'a.jpg', type: 'image/jpeg' }, { name: 'a.dcm', type: '' }, { name: 'a.pdf', type: 'application/pdf' }].map(kindOf)).toEqual(['video', 'photo', 'xray', 'document']));
it('moves one place, and not beyond the ends', () => {
  expect(moved([1, 2, 3], 0, 1)).toEqual([2, 1, 3]);
  expect(moved([1, 2, 3], 0, -1)).toEqual([1, 2, 3]);
});
