// Built by deploy/up and served by nginx from the same origin as the API; `npm run dev` passes /api and /socket.io on to a
// running Seri (SERI_ORIGIN, by default http://localhost:8080).
import { fileURLToPath } from 'node:url';
import vueI18n from '@intlify/unplugin-vue-i18n/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';
import vuetify from 'vite-plugin-vuetify';

const origin = process.env.SERI_ORIGIN ?? 'http://localhost:8080';
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  plugins: [
    vue(),
    vuetify({ autoImport: true }),
    // Messages are compiled here: the browser needs neither the compiler nor eval.
    vueI18n({ include: [path('src/i18n/**/*.json')], runtimeOnly: true, strictMessage: true }),
  ],
  resolve: { alias: { '@': path('src') } },
  build: { target: 'es2022', sourcemap: false, cssCodeSplit: true, reportCompressedSize: true },
  server: {
    proxy: {
      '/api': { target: origin, changeOrigin: false },
      '/socket.io': { target: origin, ws: true },
    },
  },
  test: { environment: 'jsdom', include: ['tests/**/*.test.ts'], restoreMocks: true, server: { deps: { inline: ['vuetify'] } } },
});
