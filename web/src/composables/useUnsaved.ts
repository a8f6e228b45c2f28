// Leaving a page with something typed on it asks first: within the site, and when the tab is closed.
import { onBeforeUnmount, onMounted, toValue, type MaybeRefOrGetter } from 'vue';
import { useI18n } from 'vue-i18n';
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router';

export function useUnsaved(dirty: MaybeRefOrGetter<boolean>): void {
  const { t } = useI18n();
  const leave = () => !toValue(dirty) || window.confirm(t('office.edit.leave'));
  const unload = (event: BeforeUnloadEvent) => {
    if (toValue(dirty)) event.preventDefault();
  };
  onBeforeRouteLeave(leave);
  onBeforeRouteUpdate((to, from) => to.path === from.path || leave());
  onMounted(() => window.addEventListener('beforeunload', unload));
  onBeforeUnmount(() => window.removeEventListener('beforeunload', unload));
}
