// The lots that somebody follows side by side: chosen by hand, kept on the device. No more than a connection may watch.
import { defineStore } from 'pinia';
import { ref, watch } from 'vue';

const KEY = 'seri-board';
/** Of the twenty rooms that a connection may be in, some are left for the lot that is open beside the board. */
export const BOARD_MAX = 12;

function load(): number[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id): id is number => Number.isSafeInteger(id)).slice(0, BOARD_MAX) : [];
  } catch {
    return [];
  }
}

export const useBoard = defineStore('board', () => {
  const ids = ref(load());
  watch(
    ids,
    (now) => {
      try {
        localStorage.setItem(KEY, JSON.stringify(now));
      } catch {
        // private browsing: the board lasts until the tab is closed
      }
    },
    { deep: true },
  );

  const has = (id: number): boolean => ids.value.includes(id);

  /** False when the board is full. */
  function add(id: number): boolean {
    if (has(id)) return true;
    if (ids.value.length >= BOARD_MAX) return false;
    ids.value.push(id);
    return true;
  }

  function remove(id: number): void {
    ids.value = ids.value.filter((other) => other !== id);
  }

  return { ids, has, add, remove };
});
