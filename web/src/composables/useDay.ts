// A calendar day ("2025-02-04") in words. It is the same day wherever the reader is, so no time zone may shift it. Days in full stand on
// the first page that anybody sees and are put together here: a formatter of the browser's for them takes up to a tenth of a second to
// make on a slow telephone.
import { useI18n } from 'vue-i18n';

export function useDay(): (day: string, style?: 'long' | 'medium') => string {
  const { d, t } = useI18n();
  return (day, style = 'medium') => {
    const date = day.slice(0, 10);
    if (style === 'medium') return d(new Date(`${date}T00:00:00Z`), { dateStyle: 'medium', timeZone: 'UTC' });
    const [year, month, dayOfMonth] = date.split('-').map(Number);
    return t('common.day.long', { year, month: t(`common.day.months.${month}`), day: dayOfMonth });
  };
}
