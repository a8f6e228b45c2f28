// The theme and the language that somebody chose reach all that is on the screen.
import { flushPromises, mount } from '@vue/test-utils';
import { createPinia } from 'pinia';
import { defineComponent, h } from 'vue';
import { useLocale, useTheme } from 'vuetify';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { useAppearance } from '@/composables/useAppearance';
import { i18n } from '@/i18n';
import { createComponents } from '@/setup/vuetify';
import { useSettings } from '@/stores/settings';

const Screen = defineComponent(() => {
  useAppearance();
  const { t } = useLocale();
  const { name } = useTheme();
  return () => h('p', `${t('$vuetify.input.clear', 'X')} ${name.value}`);
});

describe('the appearance', () => {
  beforeEach(() => {
    localStorage.clear();
    vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} }));
  });

  it('changes with the settings, the words of the component library too', async () => {
    const screen = mount(Screen, { global: { plugins: [createPinia(), i18n, createComponents()] } });
    const settings = useSettings();
    settings.language = 'ja';
    await flushPromises();
    expect(screen.text()).toBe('クリア X light');
    settings.language = 'en';
    settings.theme = 'dark';
    await flushPromises();
    expect(screen.text()).toBe('Clear X dark');
    settings.language = 'ja';
    settings.theme = 'light';
    await flushPromises();
    expect(screen.text()).toBe('クリア X light');
  });
});
