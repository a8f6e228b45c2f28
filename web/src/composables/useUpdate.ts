// A newer client, which the service worker has fetched and keeps until somebody wants it. The page that is open goes on with the one
// it began with, parts that it has not opened yet included: nothing is reloaded but by this person's word, in this window. When another
// window has taken the newer one into use, this one is old, and is told so as if that had just come.
import { onScopeDispose, ref, type Ref } from 'vue';

/** A bidding screen stays open for days; the browser looks for a new client by itself only when pages are opened. */
const EVERY_MS = 30 * 60_000;
/** The newer one takes over in moments. If it cannot, the page is loaded again all the same. */
const TAKEOVER_MS = 5_000;

export interface Update {
  /** There is one, and this person has not put it off. */
  ready: Ref<boolean>;
  /** Takes it into use and loads the page again. */
  now: () => void;
  later: () => void;
}

export function useUpdate(workers: ServiceWorkerContainer | undefined, reload = () => window.location.reload()): Update {
  const ready = ref(false);
  let registration: ServiceWorkerRegistration | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;
  let wanted = false;
  let kept = !!workers?.controller;

  function look(): void {
    if (registration?.waiting && workers?.controller) ready.value = true;
  }
  function takenOver(): void {
    if (wanted) return reload();
    if (kept) ready.value = true;
    kept = true; // the first one that this page ever had is no newer one
  }
  async function begin(): Promise<void> {
    if (document.readyState !== 'complete') await new Promise((done) => window.addEventListener('load', done, { once: true }));
    registration = await workers?.register('/sw.js');
    registration?.addEventListener('updatefound', () => registration?.installing?.addEventListener('statechange', look));
    look();
    timer = setInterval(() => void registration?.update().catch(() => undefined), EVERY_MS);
  }
  workers?.addEventListener('controllerchange', takenOver);
  if (workers) void begin().catch(() => undefined); // without it the page works as well, only not from the device
  onScopeDispose(() => {
    clearInterval(timer);
    workers?.removeEventListener('controllerchange', takenOver);
  });

  return {
    ready,
    now() {
      wanted = true;
      if (!registration?.waiting) return reload();
      registration.waiting.postMessage({ type: 'SKIP_WAITING' });
      setTimeout(reload, TAKEOVER_MS);
    },
    later: () => (ready.value = false),
  };
}
