// A calendar day ("2025-02-04") in words. It is the same day wherever the reader is, so no time zone may shift it.
import { useI18n } from 'vue-i18n';

export function useDay(): (day: string, style?: 'long' | 'medium') => string {
  const { d } = useI18n();
  return (day, style = 'medium') => d(new Date(`${day.slice(0, 10)}T00:00:00Z`), { dateStyle: style, timeZone: 'UTC' });
}
