// Why a command was not carried out, in the reader's words: ours where we have any, else the server's. That a lot had moved on is
// nobody's fault and said as such.
import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { ApiError } from '@/api/client';

export function useRefusal(error: () => unknown): { words: ComputedRef<string>; calm: ComputedRef<boolean> } {
  const { t, te } = useI18n();
  const code = computed(() => {
    const failed = error();
    return failed instanceof ApiError ? failed.code : 'INTERNAL';
  });
  return {
    calm: computed(() => code.value === 'STALE_COMMAND' || code.value === 'WARNING_REQUIRED' || code.value === 'AUCTION_ENDED'),
    words: computed(() => {
      const key = [`console.refused.${code.value}`, `common.problem.${code.value}`].find((one) => te(one));
      const failed = error();
      if (key) return t(key);
      return failed instanceof ApiError ? (failed.problem?.errors?.[0]?.message ?? failed.message) : t('common.problem.INTERNAL');
    }),
  };
}
