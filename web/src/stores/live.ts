// The live side of the client: one connection, one clock, and the state of both as screens show it.
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import { ServerClock } from '@/live/clock';
import { Connection, type ConnectionPhase } from '@/live/connection';
import { useSession } from './session';

/** How often we look whether the machine has slept, and by how much the two clocks of the device must have parted for it. */
const LOOK_MS = 250;
const SLEPT_MS = 2_000;

export const useLive = defineStore('live', () => {
  const session = useSession();
  const clock = new ServerClock();
  const phase = ref<ConnectionPhase>('off');
  const degraded = ref<string | null>(null);
  const joiners = new Set<() => void>();

  const connection = shallowRef(
    new Connection({
      clock,
      token: () => session.token,
      renew: () => session.renew(),
      phase: (next) => (phase.value = next),
      degraded: (reason) => (degraded.value = reason),
      up: () => joiners.forEach((join) => join()),
    }),
  );
  const isUp = computed(() => phase.value === 'up' || phase.value === 'draining');

  // Logging in or out makes us somebody else to the server; a renewed token does not.
  watch(
    () => session.user?.id,
    () => connection.value.reopen(),
  );

  /** Called at every (re)connection, and now if there is one. Returns the way to stop it. */
  function onUp(join: () => void): () => void {
    joiners.add(join);
    if (connection.value.isUp) join();
    return () => joiners.delete(join);
  }

  /** While a machine sleeps its steady counter may stand still and its wall clock does not; else they run alike. What is on the screen
   * then looks as fresh as it was, so all that is followed is asked for anew. A clock of the device that was set does no more harm. */
  function watchSleep(): void {
    let apart = Date.now() - performance.now();
    const look = () => {
      const before = apart;
      apart = Date.now() - performance.now();
      if (Math.abs(apart - before) < SLEPT_MS) return;
      void connection.value.probe();
      connection.value.syncAgain();
      if (connection.value.isUp) joiners.forEach((join) => join());
    };
    setInterval(look, LOOK_MS);
    document.addEventListener('visibilitychange', look);
  }

  function start(): void {
    connection.value.open();
    watchSleep();
    window.addEventListener('online', () => connection.value.hurry());
    window.addEventListener('offline', () => void connection.value.probe());
  }

  return { phase, isUp, degraded, clock, connection, onUp, start };
});
