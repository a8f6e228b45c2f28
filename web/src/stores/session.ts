// Who is using this browser. The access token lives in memory, the refresh token in a cookie that no script can read; so a
// reload asks for a new access token, and a thief of local storage finds nothing. Tabs share the cookie and take turns renewing.
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { ApiError, api, setIdentity, take, type Schemas } from '@/api/client';
import { useSettings } from './settings';

export type User = Schemas['User'];

/** Renewed so long before it expires. */
const EARLY_MS = 60_000;

/** How long a token is good for, by its own two times: the clock of the device may be hours off. */
function lifeMs(token: string): number {
  try {
    const { iat, exp } = JSON.parse(atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'))) as { iat: number; exp: number };
    return (exp - iat) * 1000 || 0;
  } catch {
    return 0; // the server says when it will have it no more
  }
}

/** Whether somebody has been logged in on this device: no secret, it only spares visitors a question that must fail. */
const HINT = 'seri-session';

function remember(there: boolean): void {
  try {
    if (there) localStorage.setItem(HINT, '1');
    else localStorage.removeItem(HINT);
  } catch {
    // private browsing: asked each time
  }
}

function remembered(): boolean {
  try {
    return localStorage.getItem(HINT) !== null;
  } catch {
    return true;
  }
}

/** Tabs of one browser one after the other, where the browser can. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  return 'locks' in navigator ? await navigator.locks.request('seri-refresh', async () => await work()) : await work();
}

export const useSession = defineStore('session', () => {
  const settings = useSettings();
  const user = ref<User | null>(null);
  const token = ref<string | null>(null);
  const known = ref(false);
  /** It was ended by something else than this window's person: from another device, by a new password, by the office. */
  const ended = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let renewing: Promise<string | null> | null = null;
  let restoring: Promise<void> | null = null;

  const isOffice = computed(() => user.value?.role === 'auctioneer' || user.value?.role === 'admin');
  const isAdmin = computed(() => user.value?.role === 'admin');

  function accept(session: Schemas['Session']): void {
    user.value = session.user;
    token.value = session.accessToken;
    ended.value = false;
    remember(true);
    clearTimeout(timer);
    const life = lifeMs(session.accessToken);
    if (life > 0) timer = setTimeout(() => void renew(), Math.max(5_000, life - EARLY_MS));
  }

  function forget(): void {
    clearTimeout(timer);
    user.value = null;
    token.value = null;
    remember(false);
  }

  async function fetchSession(): Promise<string | null> {
    try {
      accept(await take(api.POST('/api/auth/refresh', { body: {} })));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        ended.value ||= user.value !== null;
        forget();
      }
    }
    return token.value;
  }

  /** A fresh access token, null when nobody is logged in (any more). */
  function renew(): Promise<string | null> {
    renewing ??= inTurn(fetchSession).finally(() => (renewing = null));
    return renewing;
  }

  /** Is there a session from before? Asked once, by whoever comes first; the others wait for the same answer. */
  function restore(): Promise<void> {
    restoring ??= (remembered() ? renew() : Promise.resolve(null)).then(() => void (known.value = true));
    return restoring;
  }

  async function login(email: string, password: string): Promise<void> {
    accept(await take(api.POST('/api/auth/login', { body: { email, password } })));
  }

  async function logout(): Promise<void> {
    await take(api.POST('/api/auth/logout', { body: {} })).catch(() => undefined);
    forget();
  }

  setIdentity({ token: () => token.value, language: () => settings.language, renew });

  return { user, token, known, ended, isOffice, isAdmin, restore, renew, login, logout, forget };
});
