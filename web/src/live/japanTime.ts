// Times of a sale are Japan's, wherever the office's browser thinks it is. Japan has no summer time: the offset is always +9. Pure.

const OFFSET_MS = 9 * 3_600_000;

/** An instant as an input of date and time holds it, in Japan's time; seconds only where there are any. */
export function toJapan(instant: string | null): string {
  if (instant === null) return '';
  const text = new Date(Date.parse(instant) + OFFSET_MS).toISOString();
  return text.slice(0, text.slice(17, 19) === '00' ? 16 : 19);
}

/** The instant of a time of Japan; null when empty, undefined when it is none. */
export function fromJapan(text: string): string | null | undefined {
  if (text === '') return null;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text)) return undefined;
  const ms = Date.parse(`${text}${text.length === 16 ? ':00' : ''}Z`) - OFFSET_MS;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** The date that it is in Japan at an instant, "2026-11-22". */
export const japanDate = (ms: number): string => new Date(ms + OFFSET_MS).toISOString().slice(0, 10);

/** The time of day in Japan, "14:05:09" or "14:05": the same in both languages. */
export const japanClock = (ms: number, seconds = true): string => new Date(ms + OFFSET_MS).toISOString().slice(11, seconds ? 19 : 16);

/** A date whose local parts are Japan's: for what knows no other times than the device's. */
export function asIfInJapan(ms: number): Date {
  return new Date(ms + OFFSET_MS + new Date(ms).getTimezoneOffset() * 60_000);
}
