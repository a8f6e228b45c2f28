// The import of a catalogue as its page goes through it: tried first, imported only when nothing is wrong.
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '@/api/client';
import { useOfficeImport } from '@/stores/officeImport';

const sent = vi.hoisted(() => ({ paths: [] as string[], answers: [] as (object | Error)[] }));
vi.mock('@/api/upload', () => ({
  upload: ({ path }: { path: string }) => {
    sent.paths.push(path);
    const answer = sent.answers.shift() ?? {};
    return { done: answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer), cancel: () => undefined };
  },
}));

const DRY = '/api/sales/4/lots?dryRun=true';
const REAL = '/api/sales/4/lots?dryRun=false';
const file = new File(['lot_number'], 'lots.csv');
const report = (faultCount: number) => ({ dryRun: true, lots: 500, faultCount, faults: Array.from({ length: faultCount }, (_, at) => ({ line: at + 2, column: 'lot_number', message: 'taken' })) });

describe('an import', () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    [sent.paths, sent.answers] = [[], []];
  });
  async function tried(...answers: (object | Error)[]) {
    sent.answers = answers;
    const store = useOfficeImport();
    store.open(4);
    await store.tryFile(file);
    return store;
  }

  it('is not sent while its file has faults', async () => {
    const store = await tried(report(500));
    await store.run();
    expect([store.phase, store.ready, store.report?.faults.length]).toEqual(['tried', false, 500]);
    expect(sent.paths).toEqual([DRY]);
  });
  it('shows what is wrong row by row when that has changed since it was tried', async () => {
    const store = await tried(report(0), new ApiError('INVALID_MESSAGE', '', 400, null), report(500));
    await store.run();
    expect(sent.paths).toEqual([DRY, REAL, DRY]);
    expect([store.phase, store.error, store.report?.faultCount]).toEqual(['tried', null, 500]);
  });
  it('is still to be done when no answer came, and says so', async () => {
    const store = await tried(report(0), new ApiError('OFFLINE', '', 0, null));
    await store.run();
    expect([store.phase, store.ready, (store.error as ApiError).code]).toEqual(['tried', true, 'OFFLINE']);
  });
  it('is done once', async () => {
    const store = await tried(report(0), report(0));
    await Promise.all([store.run(), store.run()]);
    await store.run();
    expect([store.phase, sent.paths]).toEqual(['imported', [DRY, REAL]]);
  });
});
