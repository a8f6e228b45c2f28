// The parts of the office, as its navigation lists them: what is for the operator alone is shown to the operator alone.
import { mdiCalendarMultiselect } from '@mdi/js';
import { computed, type ComputedRef } from 'vue';
import type { Place } from '@/composables/usePlaces';
import { useSession } from '@/stores/session';

const places: Place[] = [{ name: 'office-sales', label: 'office.nav.sales', icon: mdiCalendarMultiselect, who: 'office' }];

export function useOfficePlaces(): ComputedRef<Place[]> {
  const session = useSession();
  return computed(() => places.filter(({ who }) => who !== 'admin' || session.isAdmin));
}
