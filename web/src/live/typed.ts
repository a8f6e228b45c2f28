// Durations and rates as the office types them. Pure.

const MS_MAX = 86_400_000;

/** "5", "5:30", "1:00:00" (minutes; minutes and seconds; hours too) in ms; undefined: it is none. */
export function parseDuration(text: string): number | undefined {
  const plain = text.normalize('NFKC').replace(/\s/g, '').replace(/分$/, '');
  const match = /^(?:(\d{1,2}):(?=\d{1,2}:))?(\d{1,4})(?::(\d{1,2}))?$/.exec(plain);
  if (!match) return undefined;
  const ms = (Number(match[1] ?? 0) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0)) * 1000;
  return ms >= 1000 && ms <= MS_MAX ? ms : undefined;
}

/** As it is typed: minutes and seconds, and hours where there are any. */
export function showDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${parts.join(':')}` : `${Number(parts[0])}:${parts[1]}`;
}

/** Per cent with up to two places as basis points; undefined: it is none. */
export function parsePercent(text: string): number | undefined {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(text.normalize('NFKC').replace(/[\s%]/g, ''));
  if (!match) return undefined;
  const points = Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
  return points <= 10_000 ? points : undefined;
}

export const showPercent = (points: number): string => String(points / 100);

/** A whole number between two bounds; undefined: it is none. */
export function parseWhole(text: string, least: number, most: number): number | undefined {
  const plain = text.normalize('NFKC').replace(/[\s,]/g, '');
  if (!/^\d{1,13}$/.test(plain)) return undefined;
  const value = Number(plain);
  return value >= least && value <= most ? value : undefined;
}
