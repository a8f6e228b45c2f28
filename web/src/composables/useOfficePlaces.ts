// The parts of the office, as its navigation lists them: what is for the operator alone is shown to the operator alone.
import { mdiAccountGroupOutline, mdiCalendarMultiselect, mdiCardAccountDetailsOutline, mdiChartBar, mdiFormatListChecks, mdiHandshakeOutline, mdiHistory, mdiHorseVariant, mdiLan } from '@mdi/js';
import { computed, type ComputedRef } from 'vue';
import type { Place } from '@/composables/usePlaces';
import { useSession } from '@/stores/session';

const places: Place[] = [
  { name: 'office-sales', label: 'office.nav.sales', icon: mdiCalendarMultiselect, who: 'office' },
  { name: 'office-horses', label: 'office.nav.horses', icon: mdiHorseVariant, who: 'office' },
  { name: 'office-parties', label: 'office.nav.parties', icon: mdiHandshakeOutline, who: 'office' },
  { name: 'office-registrations', label: 'office.nav.registrations', icon: mdiCardAccountDetailsOutline, who: 'office' },
  { name: 'office-users', label: 'office.nav.users', icon: mdiAccountGroupOutline, who: 'admin' },
  { name: 'office-results', label: 'office.nav.results', icon: mdiChartBar, who: 'office' },
  { name: 'office-audit', label: 'office.nav.audit', icon: mdiHistory, who: 'office' },
  { name: 'office-jobs', label: 'office.nav.jobs', icon: mdiFormatListChecks, who: 'admin' },
  { name: 'office-nodes', label: 'office.nav.nodes', icon: mdiLan, who: 'admin' },
];

export function useOfficePlaces(): ComputedRef<Place[]> {
  const session = useSession();
  return computed(() => places.filter(({ who }) => who !== 'admin' || session.isAdmin));
}
