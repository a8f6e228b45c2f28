// Theme and language as this person set them; "system" follows the device as it changes.
import { onScopeDispose, ref, watch, watchEffect } from 'vue';
import { useI18n } from 'vue-i18n';
import { useLocale, useTheme } from 'vuetify';
import { speak } from '@/i18n';
import { useSettings } from '@/stores/settings';

export function useAppearance(): void {
  const settings = useSettings();
  const theme = useTheme();
  const { locale } = useI18n();
  const words = useLocale(); // the component library's own
  const query = matchMedia('(prefers-color-scheme: dark)');
  const systemDark = ref(query.matches);
  const follow = (event: MediaQueryListEvent) => (systemDark.value = event.matches);
  query.addEventListener('change', follow);
  onScopeDispose(() => query.removeEventListener('change', follow));

  watchEffect(() => {
    const name = settings.theme === 'system' ? (systemDark.value ? 'dark' : 'light') : settings.theme;
    theme.change(name);
    document.documentElement.dataset.theme = name; // what is not the library's: scroll bars, the page behind the page
  });
  watchEffect(() => (words.current.value = locale.value));
  watch(
    () => settings.language,
    (language, before) => void speak(language).catch(() => (settings.language = before)),
  );
}
