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

/** Today's date in Japan. */
export const japanToday = (nowMs: number): string => new Date(nowMs + OFFSET_MS).toISOString().slice(0, 10);
