// What this person likes, kept on the device: language, theme, sound. Nothing here is secret.
import { defineStore } from 'pinia';
import { ref, watch } from 'vue';

export type Language = 'ja' | 'en';
export type Theme = 'light' | 'dark' | 'system';

const KEY = 'seri-settings';

interface Kept {
  language: Language;
  theme: Theme;
  sound: boolean;
  vibration: boolean;
}

function load(): Kept {
  const fallback: Kept = { language: navigator.language.startsWith('en') ? 'en' : 'ja', theme: 'system', sound: true, vibration: true };
  try {
    return { ...fallback, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Kept>) };
  } catch {
    return fallback;
  }
}

export const useSettings = defineStore('settings', () => {
  const kept = load();
  const language = ref(kept.language);
  const theme = ref(kept.theme);
  const sound = ref(kept.sound);
  const vibration = ref(kept.vibration);

  watch([language, theme, sound, vibration], () => {
    const now: Kept = { language: language.value, theme: theme.value, sound: sound.value, vibration: vibration.value };
    try {
      localStorage.setItem(KEY, JSON.stringify(now));
    } catch {
      // private browsing: the choice lasts until the tab is closed
    }
  });

  return { language, theme, sound, vibration };
});
