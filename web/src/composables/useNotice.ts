// A notification's words in the reader's language.
import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue';
import { useI18n } from 'vue-i18n';
import { tell, type Notice } from '@/live/notification';

export function useNotice(notice: MaybeRefOrGetter<Notice>): ComputedRef<{ text: string; reason: string }> {
  const { t, te, locale } = useI18n();
  return computed(() => {
    const { keys, values, reason } = tell(toValue(notice), locale.value);
    return { text: t(keys.find((key) => te(key)) ?? keys[keys.length - 1] ?? '', values), reason };
  });
}
