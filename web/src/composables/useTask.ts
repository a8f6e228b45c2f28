// Something that is done once at a time and may fail: busy while it runs, the error kept until the next try.
import { ref, shallowRef, type Ref } from 'vue';
import { ApiError } from '@/api/client';

export interface Task<A extends unknown[], R> {
  busy: Readonly<Ref<boolean>>;
  error: Readonly<Ref<unknown>>;
  /** Does it, unless it is being done; undefined when it was, or when it failed. */
  run: (...args: A) => Promise<R | undefined>;
  /** What the server says of a field, as an input's error-messages wants it. */
  field: (name: string) => string[];
  clear: () => void;
}

export function useTask<A extends unknown[], R>(work: (...args: A) => Promise<R>): Task<A, R> {
  const busy = ref(false);
  const error = shallowRef<unknown>(null);
  return {
    busy,
    error,
    async run(...args) {
      if (busy.value) return undefined;
      busy.value = true;
      error.value = null;
      try {
        return await work(...args);
      } catch (caught) {
        error.value = caught;
        return undefined;
      } finally {
        busy.value = false;
      }
    },
    field(name) {
      const message = error.value instanceof ApiError ? error.value.field(name) : undefined;
      return message === undefined ? [] : [message];
    },
    clear: () => (error.value = null),
  };
}
