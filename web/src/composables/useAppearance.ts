// Theme and language as this person set them; "system" follows the device as it changes.
import { onScopeDispose, ref, watch, watchEffect } from 'vue';
import { useTheme } from 'vuetify';
import { speak } from '@/i18n';
import { useSettings } from '@/stores/settings';

export function useAppearance(): void {
  const settings = useSettings();
  const theme = useTheme();
  const query = matchMedia('(prefers-color-scheme: dark)');
  const systemDark = ref(query.matches);
  const follow = (event: MediaQueryListEvent) => (systemDark.value = event.matches);
  query.addEventListener('change', follow);
  onScopeDispose(() => query.removeEventListener('change', follow));

  watchEffect(() => {
    const dark = settings.theme === 'dark' || (settings.theme === 'system' && systemDark.value);
    theme.global.name.value = dark ? 'dark' : 'light';
  });
  watch(
    () => settings.language,
    (language, before) => void speak(language).catch(() => (settings.language = before)),
  );
}
