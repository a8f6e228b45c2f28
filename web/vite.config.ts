// Built by deploy/up and served by nginx from the same origin as the API; `npm run dev` passes /api and /socket.io on to a
// running Seri (SERI_ORIGIN, by default http://localhost:8080).
import { fileURLToPath } from 'node:url';
import vueI18n from '@intlify/unplugin-vue-i18n/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';
import { VitePWA } from 'vite-plugin-pwa';
import vuetify from 'vite-plugin-vuetify';

const origin = process.env.SERI_ORIGIN ?? 'http://localhost:8080';
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Whose files come together. What every page needs is one file, and what the list of sales adds to it (cards, chips: most pages have
    them) another: forty small ones, each asked for when the one before has been read, keep a slow device busy for longer than their
    bytes do. The other pages' parts are split as the bundler sees fit. */
const TOGETHER = { first: path('src/main.ts'), common: path('src/pages/catalogue/SalesPage.vue') };

/** Finds, for each module that belongs to one of TOGETHER, its name. */
function together(): (id: string, graph: { getModuleInfo: (id: string) => { importedIds: readonly string[] } | null }) => string | undefined {
  const names = new Map<string, string>();
  return (id, { getModuleInfo }) => {
    if (names.size === 0)
      for (const [name, root] of Object.entries(TOGETHER))
        for (const queue = [root]; queue.length > 0; ) {
          const next = queue.pop() as string;
          if (names.has(next)) continue;
          names.set(next, name);
          queue.push(...(getModuleInfo(next)?.importedIds ?? []));
        }
    return names.get(id);
  };
}

/** Nearly all of what every page needs is called before the first page stands. Chromium, told so by a file's first line, compiles it
 * beside the page's thread while it arrives, and not function by function on it; others read a comment. It is put there last, when all
 * that stands at a file's head is written. https://v8.dev/blog/explicit-compile-hints */
const compiledAhead = {
  name: 'compiled-ahead',
  generateBundle: {
    order: 'post' as const,
    handler(_: unknown, bundle: Record<string, { type: string; name?: string; code?: string }>) {
      for (const chunk of Object.values(bundle)) if (chunk.type === 'chunk' && chunk.name === 'first') chunk.code = `//# allFunctionsCalledOnLoad\n${chunk.code}`;
    },
  },
};

export default defineConfig({
  plugins: [
    vue(),
    compiledAhead,
    vuetify({ autoImport: true }),
    // Messages are compiled here: the browser needs neither the compiler nor eval.
    vueI18n({ include: [path('src/i18n/**/*.json')], runtimeOnly: true, strictMessage: true }),
    // All built files are kept on the device together: pages open at once, and one that is open over a new build still finds the
    // parts that it has not loaded yet. Answers of the API are never kept: an old price is worse than none. The page is kept with
    // the headers that it came with, so its nonce and its content policy stay a pair.
    VitePWA({
      registerType: 'prompt',
      injectRegister: null,
      manifest: {
        id: '/',
        name: 'セリ Seri',
        short_name: 'セリ',
        description: '競走馬のライブオークション — live racehorse auctions',
        lang: 'ja',
        start_url: '/',
        display: 'standalone',
        theme_color: '#0b5d3b',
        background_color: '#f4f6f2',
        icons: [
          { src: '/icons/192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icons/512.png', sizes: '512x512', type: 'image/png' },
          { src: '/icons/maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
      workbox: {
        globPatterns: ['**/*.{js,css,html,svg}'],
        navigateFallback: '/index.html',
        navigateFallbackDenylist: [/^\/(api|ws|sse|socket\.io|health|ready|metrics)(\/|$)/],
        cleanupOutdatedCaches: true,
        clientsClaim: true, // already the page that fetched the first one finds its parts on the device
      },
    }),
  ],
  resolve: { alias: { '@': path('src') } },
  build: { target: 'es2022', sourcemap: false, cssCodeSplit: true, reportCompressedSize: true, rollupOptions: { output: { manualChunks: together() } } },
  server: {
    proxy: {
      '/api': { target: origin, changeOrigin: false },
      '/socket.io': { target: origin, ws: true },
    },
  },
  test: { environment: 'jsdom', include: ['tests/**/*.test.ts'], restoreMocks: true, server: { deps: { inline: ['vuetify'] } } },
});
