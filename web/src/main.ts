// Who is there is asked while the first page's parts are fetched; the router waits for both, so that the page is right at once and
// not after a flicker.
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { i18n, speak } from './i18n';
import { router } from './router';
import { createComponents } from './setup/vuetify';
import { useLive } from './stores/live';
import { useSession } from './stores/session';
import { useSettings } from './stores/settings';
import './styles/main.css';

/** After which the page is asked for again as a whole, when its parts could not be had. */
const AGAIN_MS = 5_000;

/** Nothing here waits at the top of the module: the pages' parts stand on this file, and would wait for it while it waits for them. */
async function start(): Promise<void> {
  const app = createApp(App).use(createPinia()).use(i18n).use(createComponents());
  const restored = useSession().restore();
  void speak(useSettings().language);
  app.use(router);
  await restored;
  try {
    await router.isReady();
  } catch {
    setTimeout(() => window.location.reload(), AGAIN_MS); // until then what stands in index.html stays
    return;
  }
  app.mount('#app');
  useLive().start();
}

void start();
