// Names and details of records in words: what has no word of its own is shown as the server has it.
import { useI18n } from 'vue-i18n';
import { detailsOf } from '@/live/audit';
import { formatYen } from '@/live/money';

const MONEY = new Set(['startPrice', 'step', 'reserve', 'maxAmount', 'amount', 'creditLimit']);
/** The terms of a lot or a sale, whole: they are on its own page. */
const LONG = new Set(['ladder', 'rules']);

export function useDetails(): { named: (area: string, name: string) => string; say: (details: Readonly<Record<string, unknown>>) => string } {
  const { t, te, d } = useI18n();
  const named = (area: string, name: string) => (te(`records.${area}.${name}`) ? t(`records.${area}.${name}`) : name);

  function value(key: string, of: string | number): string {
    if (typeof of === 'number' && MONEY.has(key)) return formatYen(of);
    if (typeof of === 'number' && key.endsWith('AtMs')) return d(new Date(of), { dateStyle: 'short', timeStyle: 'medium', timeZone: 'Asia/Tokyo' });
    if (key === 'template') return named('letter', String(of));
    return String(of);
  }
  const say = (details: Readonly<Record<string, unknown>>) =>
    detailsOf(details)
      .filter(([key]) => !LONG.has(key))
      .map(([key, of]) => `${named('detail', key)}: ${value(key, of)}`)
      .join('　');

  return { named, say };
}
