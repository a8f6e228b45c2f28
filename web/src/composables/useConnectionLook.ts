// The state of the connection in form, colour and words (a key of texts).
import { mdiAccessPoint, mdiAccessPointOff, mdiSwapHorizontal } from '@mdi/js';
import { computed, type ComputedRef } from 'vue';
import { useLive } from '@/stores/live';

export interface ConnectionLook {
  icon: string;
  color: 'success' | 'warning' | 'error';
  text: string;
}

export function useConnectionLook(): ComputedRef<ConnectionLook> {
  const live = useLive();
  return computed(() => {
    if (live.phase === 'draining') return { icon: mdiSwapHorizontal, color: 'warning', text: 'common.connection.moving' };
    if (!live.isUp) return { icon: mdiAccessPointOff, color: 'error', text: 'common.connection.down' };
    return live.degraded !== null
      ? { icon: mdiAccessPoint, color: 'warning', text: 'common.connection.late' }
      : { icon: mdiAccessPoint, color: 'success', text: 'common.connection.up' };
  });
}
