// The component library: colours, icons as paths (no font), its own words in both languages, and defaults that make all screens one.
import { createVuetify } from 'vuetify';
import { aliases, mdi } from 'vuetify/iconsets/mdi-svg';
import { en, ja } from 'vuetify/locale';
import 'vuetify/styles';

const light = {
  background: '#f4f6f2',
  surface: '#ffffff',
  'surface-variant': '#e3e9e2',
  'on-surface-variant': '#3d4a42',
  primary: '#0b5d3b',
  secondary: '#7a5c14',
  error: '#b3261e',
  warning: '#8f4e00',
  success: '#146c43',
  info: '#0b57a4',
  leading: '#0b5d3b',
  outbid: '#b3261e',
};

const dark = {
  background: '#0e1512',
  surface: '#17201b',
  'surface-variant': '#2a352f',
  'on-surface-variant': '#c3cfc7',
  primary: '#7bd3a4',
  'on-primary': '#00391f',
  secondary: '#e0c071',
  error: '#ffb4ab',
  warning: '#ffb871',
  success: '#7bd3a4',
  info: '#a3c9ff',
  leading: '#7bd3a4',
  outbid: '#ffb4ab',
};

/** Words of less weight are still to be read: 4.5 to 1 on every surface. */
const variables = { 'medium-emphasis-opacity': 0.76 };

/** The nonce that this page's styles must carry; nginx has put it into the page. */
function nonce(): string | undefined {
  const value = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content;
  return value && !value.startsWith('__') ? value : undefined;
}

export function createComponents() {
  const cspNonce = nonce();
  return createVuetify({
    icons: { defaultSet: 'mdi', aliases, sets: { mdi } },
    locale: { locale: 'ja', fallback: 'en', messages: { en, ja } },
    theme: {
      defaultTheme: 'light',
      ...(cspNonce ? { cspNonce } : {}),
      themes: { light: { dark: false, colors: light, variables }, dark: { dark: true, colors: dark, variables } },
    },
    defaults: {
      VBtn: { rounded: 'lg' },
      VCard: { rounded: 'lg', flat: true, border: true },
      VTextField: { variant: 'outlined', density: 'comfortable', hideDetails: 'auto' },
      VTextarea: { variant: 'outlined', density: 'comfortable', hideDetails: 'auto' },
      VSelect: { variant: 'outlined', density: 'comfortable', hideDetails: 'auto' },
      VAutocomplete: { variant: 'outlined', density: 'comfortable', hideDetails: 'auto' },
      VChip: { size: 'small' },
    },
  });
}
