// Yen as people read, say and type it. An amount is a whole number of yen excluding tax, everywhere; 税込 is for show.

export const AMOUNT_MAX = 1_000_000_000_000;

/** "1,234,567": of whole numbers, the same in both languages. The browser's own formatter takes long to make and stands on every row. */
const grouped = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');

export function formatYen(yen: number): string {
  return `¥${grouped(Math.trunc(yen))}`;
}

/** Including tax; fractions of a yen are dropped, as on the invoice. `rate` in basis points. */
export function withTax(yen: number, rate: number): number {
  return yen + Number((BigInt(yen) * BigInt(rate)) / 10_000n);
}

/** 「1億2,000万円」「350万5,000円」: how an amount is read out; in English "¥120 million", "¥3.505 million" below 10^6 digits. */
export function sayYen(yen: number, language: string): string {
  return language === 'ja' ? sayJapanese(yen) : sayEnglish(yen);
}

function sayJapanese(yen: number): string {
  if (yen === 0) return '0円';
  const parts: string[] = [];
  let rest = yen;
  for (const [unit, size] of [['兆', 1e12], ['億', 1e8], ['万', 1e4]] as const) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(grouped(count) + unit);
    rest -= count * size;
  }
  if (rest > 0) parts.push(grouped(rest));
  return `${parts.join('')}円`;
}

function sayEnglish(yen: number): string {
  for (const [word, size] of [['trillion', 1e12], ['billion', 1e9], ['million', 1e6]] as const) {
    if (yen >= size) return `¥${(yen / size).toLocaleString('en-US', { maximumFractionDigits: 6 })} ${word}`;
  }
  return formatYen(yen);
}

/** What was typed in 万円 ("350", "350.5", "１，２００", "1億2000"), as yen; null: not an amount. */
export function parseMan(text: string): number | null {
  const plain = text.normalize('NFKC').replace(/[,\s_]/g, '').replace(/万?円?$/, '');
  const match = /^(?:(\d{1,5})億)?(\d{0,9})(?:\.(\d{1,4}))?$/.exec(plain);
  if (!match || (!match[1] && !match[2])) return null;
  const yen = Number(match[1] ?? 0) * 1e8 + Number(match[2] || 0) * 1e4 + Number((match[3] ?? '').padEnd(4, '0') || 0);
  return yen > 0 && yen <= AMOUNT_MAX ? yen : null;
}

/** Yen as 万円 for an input field: "350" or "350.5". */
export function toMan(yen: number): string {
  return String(yen / 1e4);
}

export interface LadderStep {
  below: number;
  step: number;
}

/** The step at a price by a sale's ladder; the last step has no upper end. */
export function stepAt(ladder: readonly LadderStep[], price: number): number {
  return (ladder.find(({ below }) => below === 0 || price < below) ?? ladder[ladder.length - 1])?.step ?? 0;
}

/** The first amount at or above `wanted` that is reached from `from` by whole steps, as the rules ask of a bid. A step that the
 * auctioneer has set (`fixed`) holds at every price. */
export function snapUp(ladder: readonly LadderStep[], from: number, wanted: number, fixed = 0): number {
  let at = from;
  while (at < wanted) {
    const step = fixed || stepAt(ladder, at);
    if (step <= 0) return wanted;
    const rung = fixed ? undefined : ladder.find(({ below }) => below === 0 || at < below);
    const end = rung && rung.below > 0 ? Math.min(rung.below, wanted) : wanted;
    at += Math.max(1, Math.ceil((end - at) / step)) * step;
  }
  return at;
}
