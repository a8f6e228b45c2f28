// The import of a catalogue: a file is always tried first, and only one that was found without fault is imported. It goes up as it is
// on the disk; nothing of it is read into the page.
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { ApiError } from '@/api/client';
import { upload, type Upload } from '@/api/upload';
import type { ImportReport } from '@/live/importReport';

export type ImportPhase = 'none' | 'trying' | 'tried' | 'importing' | 'imported';

export const useOfficeImport = defineStore('officeImport', () => {
  const saleId = ref<number | null>(null);
  const file = shallowRef<File | null>(null);
  const phase = ref<ImportPhase>('none');
  /** 0 to 1 of the file sent; 1: the server is at work. */
  const share = ref(0);
  const report = shallowRef<ImportReport | null>(null);
  const error = shallowRef<unknown>(null);
  let running: Upload<ImportReport> | null = null;

  const ready = computed(() => phase.value === 'tried' && report.value?.faultCount === 0);
  const busy = computed(() => phase.value === 'trying' || phase.value === 'importing');

  function reset(): void {
    running?.cancel();
    running = null;
    file.value = report.value = error.value = null;
    phase.value = 'none';
  }

  /** Another sale's file is none of this one's. */
  function open(id: number): void {
    if (saleId.value !== id) reset();
    saleId.value = id;
  }

  async function send(dryRun: boolean): Promise<void> {
    if (!file.value || busy.value) return;
    const before = phase.value;
    error.value = null;
    share.value = 0;
    phase.value = dryRun ? 'trying' : 'importing';
    const sent = (running = upload<ImportReport>({ path: `/api/sales/${saleId.value}/lots?dryRun=${dryRun}`, type: 'text/csv', file: file.value, progress: (now) => (share.value = now) }));
    try {
      const found = await sent.done;
      if (running !== sent) return;
      report.value = found;
      phase.value = dryRun ? 'tried' : 'imported';
    } catch (caught) {
      if (running !== sent) return;
      phase.value = dryRun ? 'none' : before;
      // Something has changed since the file was tried (a colleague took its numbers): what is wrong now is shown row by row.
      if (!dryRun && caught instanceof ApiError && caught.code === 'INVALID_MESSAGE') await send(true);
      else if (!(caught instanceof ApiError && caught.code === 'CANCELLED')) error.value = caught;
    }
  }

  async function tryFile(chosen: File): Promise<void> {
    reset();
    file.value = chosen;
    await send(true);
  }

  return { saleId, file, phase, share, report, error, ready, busy, open, reset, tryFile, again: () => send(true), run: () => (ready.value ? send(false) : Promise.resolve()), cancel: () => running?.cancel() };
});
