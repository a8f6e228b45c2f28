// One resource in a form: what it was, what is typed, and saving it. Where somebody else was quicker, what both left alone or changed
// alike goes through at once; what both changed differently is shown, and stays as typed until it is saved again.
import { computed, ref, shallowRef, type ComputedRef, type Ref } from 'vue';
import { ApiError } from '@/api/client';
import { changes, copy, isUnreadable, rebase } from '@/live/edit';
import { useTask, type Task } from './useTask';

export interface Tagged<R> {
  data: R;
  etag: string;
}

interface Options<R, F extends object> {
  form: (resource: R) => F;
  /** The resource as it is now; asked for again when somebody else was quicker. */
  read: () => Promise<Tagged<R>>;
  write: (changed: Partial<F>, etag: string) => Promise<Tagged<R>>;
}

export interface Clash {
  field: string;
  theirs: unknown;
}

export interface Edit<R, F extends object> {
  resource: Readonly<Ref<R | null>>;
  wish: Ref<F | null>;
  dirty: ComputedRef<boolean>;
  /** Nothing typed is unreadable. */
  sound: ComputedRef<boolean>;
  /** Somebody else was quicker; these members both changed. null: nobody was. */
  clashes: Ref<Clash[] | null>;
  saved: Ref<boolean>;
  load: Task<[], void>;
  /** The resource as saved; undefined when it was not. */
  save: Task<[], R | undefined>;
  /** What was just read or written elsewhere on this page. */
  learn: (now: Tagged<R>) => void;
  revert: () => void;
  /** Another resource comes: nothing of this one stays. */
  forget: () => void;
}

export function useEdit<R, F extends object>({ form, read, write }: Options<R, F>): Edit<R, F> {
  const resource = shallowRef<R | null>(null);
  const wish = ref<F | null>(null) as Ref<F | null>;
  const base = shallowRef<F | null>(null);
  const clashes = ref<Clash[] | null>(null);
  const saved = ref(false);
  let tag = '';

  const dirty = computed(() => base.value !== null && wish.value !== null && Object.keys(changes(base.value, wish.value)).length > 0);
  const sound = computed(() => !isUnreadable(wish.value));

  function adopt({ data, etag }: Tagged<R>): Clash[] {
    const theirs = form(data);
    const laid: { wish: F; clashes: (keyof F)[] } = base.value && wish.value ? rebase<F>(base.value, wish.value, theirs) : { wish: theirs, clashes: [] };
    resource.value = data;
    tag = etag;
    base.value = theirs;
    wish.value = copy(laid.wish);
    return laid.clashes.map((field) => ({ field: String(field), theirs: theirs[field] }));
  }

  const load = useTask(async () => {
    adopt(await read());
  });

  async function send(): Promise<void> {
    if (!base.value || !wish.value) return;
    const sent = copy(wish.value);
    const answer = await write(changes(base.value, sent), tag);
    // What was typed while the answer was on its way stays.
    base.value = sent;
    adopt(answer);
  }

  const save = useTask(async () => {
    saved.value = false;
    try {
      await send();
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'PRECONDITION_FAILED') throw error;
      const found = adopt(await read());
      if (found.length > 0) {
        clashes.value = found;
        return undefined;
      }
      await send();
    }
    clashes.value = null;
    saved.value = true;
    return resource.value ?? undefined;
  });

  function revert(): void {
    if (base.value) wish.value = copy(base.value);
    clashes.value = null;
    save.clear();
  }

  function forget(): void {
    resource.value = base.value = wish.value = clashes.value = null;
    saved.value = false;
    load.clear();
    save.clear();
  }

  /** While it is being saved, the saving itself sees to what is newer. */
  function learn(now: Tagged<R>): void {
    if (save.busy.value) return;
    const found = adopt(now);
    if (found.length > 0) clashes.value = found;
  }

  return { resource, wish, dirty, sound, clashes, saved, load, save, learn, revert, forget };
}
