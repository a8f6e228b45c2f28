// The window's title and language follow the page and the setting.
import { watchEffect } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRoute } from 'vue-router';

export function useHead(): void {
  const { t, locale } = useI18n();
  const route = useRoute();
  watchEffect(() => {
    const name = t('common.name');
    document.title = route.meta.title ? `${t(route.meta.title)} – ${name}` : name;
    document.documentElement.lang = locale.value;
  });
}
