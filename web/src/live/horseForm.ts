// A horse as its form holds it: every member there, empty ones null; and the body that an update makes of it. Pure.
import type { Schemas } from '@/api/client';

type Horse = Schemas['Horse'];
type HorseBody = Schemas['HorseBody'];

/** The ancestors beyond those that a horse has members for, in the order of a chart. */
export const ANCESTORS = ['sireSire', 'sireDam', 'damDam', 'sireSireSire', 'sireSireDam', 'sireDamSire', 'sireDamDam', 'damSireSire', 'damSireDam', 'damDamSire', 'damDamDam'] as const;
export type Way = (typeof ANCESTORS)[number];

export const SEXES = ['male', 'female', 'gelding'] as const;
export const COATS = ['bay', 'dark_bay', 'brown', 'black', 'grey', 'chestnut', 'dark_chestnut', 'white'] as const;
export const SURFACES = ['turf', 'dirt', 'all_weather', 'jump'] as const;

export interface StartForm {
  date: string;
  course: string;
  race: string;
  distance: number | null | undefined;
  surface: (typeof SURFACES)[number] | null;
  going: string | null;
  runners: number | null | undefined;
  finish: number | null | undefined;
  timeMs: number | null | undefined;
  jockey: string | null;
  prize: number | null | undefined;
}

export interface HorseForm {
  nameJa: string | null;
  nameEn: string | null;
  sex: Schemas['Sex'] | null;
  coatColour: Schemas['CoatColour'] | null;
  foaledOn: string;
  sireJa: string;
  sireEn: string | null;
  damJa: string;
  damEn: string | null;
  damsireJa: string | null;
  damsireEn: string | null;
  pedigree: Record<Way, { ja: string | null; en: string | null }>;
  raceRecord: StartForm[];
  breeder: string | null;
  consignorId: number | null;
  notes: string;
  vetNotes: string;
}

function startForm(start: Schemas['Start']): StartForm {
  const { date, course, race, distance, surface, going, runners, finish, timeMs, jockey, prize } = start;
  return { date, course, race, distance: distance ?? null, surface: surface ?? null, going: going ?? null, runners: runners ?? null, finish: finish ?? null, timeMs: timeMs ?? null, jockey: jockey ?? null, prize: prize ?? null };
}

export const blankStart = (): StartForm => startForm({ date: '', course: '', race: '' });

function pedigreeForm(pedigree: Schemas['Pedigree']): HorseForm['pedigree'] {
  return Object.fromEntries(ANCESTORS.map((way) => [way, { ja: pedigree[way]?.ja ?? null, en: pedigree[way]?.en ?? null }])) as HorseForm['pedigree'];
}

export function horseForm(horse: Horse): HorseForm {
  const { nameJa, nameEn, sex, coatColour, foaledOn, sireJa, sireEn, damJa, damEn, damsireJa, damsireEn, breeder, consignorId, notes } = horse;
  return { nameJa, nameEn, sex, coatColour, foaledOn, sireJa, sireEn, damJa, damEn, damsireJa, damsireEn, pedigree: pedigreeForm(horse.pedigree), raceRecord: horse.raceRecord.map(startForm), breeder, consignorId, notes, vetNotes: horse.vetNotes ?? '' };
}

export function blankHorse(): HorseForm {
  return { nameJa: null, nameEn: null, sex: null, coatColour: null, foaledOn: '', sireJa: '', sireEn: null, damJa: '', damEn: null, damsireJa: null, damsireEn: null, pedigree: pedigreeForm({}), raceRecord: [], breeder: null, consignorId: null, notes: '', vetNotes: '' };
}

const known = ([, value]: [string, unknown]): boolean => value !== null && value !== '';

/** Ancestors that are not known and figures that a start has not are left out; so are choices not made and texts not typed of a new horse. */
export function horseBody(form: Partial<HorseForm>, isNew = false): HorseBody {
  const { pedigree, raceRecord, ...rest } = form;
  return {
    ...Object.fromEntries(Object.entries(rest).filter((member) => !isNew || known(member))),
    ...(pedigree && { pedigree: Object.fromEntries(Object.entries(pedigree).filter(([, { ja, en }]) => ja || en).map(([way, names]) => [way, Object.fromEntries(Object.entries(names).filter(known))])) }),
    ...(raceRecord && { raceRecord: raceRecord.map((start) => Object.fromEntries(Object.entries(start).filter(known)) as unknown as Schemas['Start']) }),
  } as HorseBody;
}

/** "1:34.5" or "58.2" in ms; null when empty, undefined when it is no time. */
export function parseRaceTime(text: string): number | null | undefined {
  const plain = text.normalize('NFKC').trim();
  if (plain === '') return null;
  const match = /^(?:(\d{1,2}):)?(\d{1,2})(?:\.(\d))?$/.exec(plain);
  if (!match) return undefined;
  const ms = Number(match[1] ?? 0) * 60_000 + Number(match[2]) * 1_000 + Number(match[3] ?? 0) * 100;
  return ms > 0 && ms <= 3_600_000 ? ms : undefined;
}

export type MediaKind = Schemas['MediaKind'];
export const MEDIA_KINDS: readonly MediaKind[] = ['photo', 'video', 'xray', 'vet_report', 'document'];
export const MEDIA_BYTES = 200 * 1024 * 1024;

/** What a file most likely is. X-rays and reports look like photos and papers; which of them they are is said by hand. */
export function kindOf(file: { name: string; type: string }): MediaKind {
  if (file.type.startsWith('video/')) return 'video';
  if (/\.dcm$/i.test(file.name)) return 'xray';
  return file.type.startsWith('image/') ? 'photo' : 'document';
}

/** These are for approved buyers alone, whatever is said. */
export const isAlwaysPrivate = (kind: MediaKind): boolean => kind === 'xray' || kind === 'vet_report';

/** One of a list moved by one place; the same list at its ends. */
export function moved<T>(list: readonly T[], from: number, way: -1 | 1): T[] {
  const next = [...list];
  const to = from + way;
  if (to < 0 || to >= next.length) return next;
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}
