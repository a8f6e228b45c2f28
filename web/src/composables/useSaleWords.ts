// A sale's settings in words: their names, and their values as the form would show them.
import { useI18n } from 'vue-i18n';
import { formatYen } from '@/live/money';
import { showDuration, showPercent } from '@/live/typed';
import { useDay } from './useDay';

export function useSaleWords() {
  const { t, d } = useI18n();
  const day = useDay();

  function say(field: string, value: unknown): string {
    if (value === null || value === undefined || value === '') return '';
    if (field === 'ladder') return (value as { below: number; step: number }[]).map(({ below, step }) => (below > 0 ? `〜${formatYen(below)}: ${formatYen(step)}` : formatYen(step))).join(' / ');
    if (field === 'pacingMode') return t(`officeSale.pacing.${String(value)}.name`);
    if (field === 'extensionMode') return t(`officeSale.extension.${String(value)}`);
    if (field === 'dueOn') return day(String(value));
    if (field.endsWith('At')) return d(new Date(String(value)), { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Tokyo' });
    if (field === 'closeGraceMs') return `${String(value)} ms`;
    if (field.endsWith('Ms')) return showDuration(Number(value));
    if (field.endsWith('Bp')) return `${showPercent(Number(value))}%`;
    return field.endsWith('Fee') ? formatYen(Number(value)) : String(value);
  }

  return { label: (field: string) => t(`officeSale.field.${field}`), say };
}
