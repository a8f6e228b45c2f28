// Who is there is asked while the rest is set up, so that the first page is right at once and not after a flicker.
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { i18n } from './i18n';
import { router } from './router';
import { createComponents } from './setup/vuetify';
import { useLive } from './stores/live';
import { useSession } from './stores/session';
import './styles/main.css';

const app = createApp(App).use(createPinia()).use(i18n).use(createComponents());
await useSession().restore();
useLive().start();
app.use(router);
await router.isReady();
app.mount('#app');
