// The lots of a sale on a page: loaded, and from then on told of live, until another sale is shown or the page is left.
import { watch } from 'vue';
import { useCatalogue } from '@/stores/catalogue';

/** `load` fetches the sale that `id` names. The room is joined when there are lots to be told of; what happens meanwhile its answer tells. */
export function useFollowedSale(id: () => number, load: () => Promise<unknown>): void {
  const catalogue = useCatalogue();
  watch(
    id,
    (saleId, _, onCleanup) => {
      let stop: (() => void) | undefined;
      let gone = false;
      void load().then(() => {
        if (!gone) stop = catalogue.follow(saleId);
      });
      onCleanup(() => {
        gone = true;
        stop?.();
      });
    },
    { immediate: true },
  );
}
