// A long list of rows of one height, of which only those on the screen and a few around them are drawn. The box is as high as all of
// them from the first drawing on, so that a page that one comes back to is where it was. The row that has the focus stays drawn.
import { computed, onBeforeUnmount, onMounted, ref, toValue, type ComputedRef, type MaybeRefOrGetter, type Ref } from 'vue';

/** Rows kept ready above and below; and how many come and go at once. */
const AROUND = 4;
const LUMP = 4;

/** Of `count` rows those to be drawn when the box's upper edge is at `top` (px, against the screen's) on a screen so high. */
export function rowsInView(count: number, rowHeight: number, top: number, screen: number): { first: number; end: number } {
  const first = Math.floor(Math.max(0, Math.floor(-top / rowHeight) - AROUND) / LUMP) * LUMP;
  const end = Math.ceil((Math.ceil((screen - top) / rowHeight) + AROUND) / LUMP) * LUMP;
  return { first: Math.min(first, count), end: Math.max(0, Math.min(end, count)) };
}

export interface WindowRows {
  /** Indexes of the rows to be drawn, in their order. */
  rows: ComputedRef<number[]>;
  /** px of all rows. */
  total: ComputedRef<number>;
  /** To be called when something above has moved the box. */
  look: () => void;
  focused: Ref<number | null>;
}

export function useWindowRows(box: Ref<HTMLElement | undefined>, count: MaybeRefOrGetter<number>, rowHeight: MaybeRefOrGetter<number>): WindowRows {
  const first = ref(0);
  const end = ref(rowsInView(toValue(count), toValue(rowHeight), 0, window.innerHeight).end);
  const focused = ref<number | null>(null);

  /** px from the page's beginning to the box; measured now and then, for measuring makes the browser lay the page out. */
  let above = 0;

  function scrolled(): void {
    const view = rowsInView(toValue(count), toValue(rowHeight), above - window.scrollY, window.innerHeight);
    first.value = view.first;
    end.value = view.end;
  }
  function look(): void {
    if (!box.value) return;
    above = box.value.getBoundingClientRect().top + window.scrollY;
    scrolled();
  }

  onMounted(() => {
    look();
    window.addEventListener('scroll', scrolled, { passive: true });
    window.addEventListener('scrollend', look, { passive: true });
    window.addEventListener('resize', look, { passive: true });
  });
  onBeforeUnmount(() => {
    window.removeEventListener('scroll', scrolled);
    window.removeEventListener('scrollend', look);
    window.removeEventListener('resize', look);
  });

  const rows = computed(() => {
    const to = Math.min(end.value, toValue(count));
    const shown = Array.from({ length: Math.max(0, to - first.value) }, (_, i) => first.value + i);
    const held = focused.value;
    if (held === null || held >= toValue(count) || (held >= first.value && held < to)) return shown;
    return held < first.value ? [held, ...shown] : [...shown, held];
  });
  return { rows, total: computed(() => toValue(count) * toValue(rowHeight)), look, focused };
}
