// Where one can go from anywhere: the same places in the bar at the top and, on a phone, at the bottom. A place that is for some
// people only is shown to them alone.
import { mdiBookOpenVariantOutline, mdiClipboardTextOutline, mdiGavel, mdiViewGridOutline } from '@mdi/js';
import { computed, type ComputedRef } from 'vue';
import { useSession } from '@/stores/session';

export interface Place {
  /** The route's name. */
  name: string;
  /** Key of its label. */
  label: string;
  icon: string;
  who?: 'user' | 'office' | 'admin';
}

const places: Place[] = [
  { name: 'sales', label: 'common.nav.sales', icon: mdiBookOpenVariantOutline },
  { name: 'my-lots', label: 'common.nav.myLots', icon: mdiViewGridOutline, who: 'user' },
  { name: 'console', label: 'common.nav.console', icon: mdiGavel, who: 'office' },
  { name: 'office', label: 'common.nav.office', icon: mdiClipboardTextOutline, who: 'office' },
];

export function usePlaces(): ComputedRef<Place[]> {
  const session = useSession();
  return computed(() =>
    places.filter(({ who }) => !who || (who === 'user' ? session.user !== null : who === 'office' ? session.isOffice : session.isAdmin)),
  );
}
