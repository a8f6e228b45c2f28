// A list that is looked through by typing: asked for at first, and again once nothing was typed for a moment.
import { onBeforeUnmount, onMounted, watch, type WatchSource } from 'vue';

const TYPED_MS = 300;

export function useSearch(wish: WatchSource<unknown> | object, search: () => unknown): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(wish, () => {
    clearTimeout(timer);
    timer = setTimeout(search, TYPED_MS);
  });
  onMounted(search);
  onBeforeUnmount(() => clearTimeout(timer));
}
