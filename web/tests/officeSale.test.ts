// What the office's pages of a sale work out: edits over newer states, the order of lots, batches, times of Japan, files of an import.
import { describe, expect, it } from 'vitest';
import { ApiError } from '@/api/client';
import { useEdit } from '@/composables/useEdit';
import { doEach } from '@/live/batch';
import { changes, isUnreadable, rebase } from '@/live/edit';
import { csv, faultyLines, groupFaults, refuseFile, template } from '@/live/importReport';
import { fromJapan, toJapan } from '@/live/japanTime';
import { closeGaps, moveLot, neighbourNumber, renumbered, type Numbered, type Renumbering } from '@/live/lotOrder';
import { addRung, isOnStep, nextStep, plannedStarts } from '@/live/saleForm';
import { parseDuration, parsePercent, parseWhole, showDuration } from '@/live/typed';

describe('an edit', () => {
  it('sends what was changed, nested or not', () => {
    expect(changes({ a: 1, b: [{ c: 1 }], d: null }, { a: 2, b: [{ c: 1 }], d: null })).toEqual({ a: 2 });
    expect(changes({ b: [{ c: 1 }] }, { b: [{ c: 2 }] })).toEqual({ b: [{ c: 2 }] });
  });
  it('lays what was typed over a newer state and names what both changed differently', () => {
    expect(rebase({ a: 1, b: 1, c: 1 }, { a: 2, b: 1, c: 5 }, { a: 9, b: 7, c: 5 })).toEqual({ wish: { a: 2, b: 7, c: 5 }, clashes: ['a'] });
  });
  it('is unreadable with anything undefined in it', () => {
    expect(isUnreadable({ a: null, b: [{ c: 0 }] })).toBe(false);
    expect(isUnreadable({ b: [{ c: undefined }] })).toBe(true);
  });
});

describe('saving over somebody else', () => {
  const stale = () => new ApiError('PRECONDITION_FAILED', '', 412, null);
  /** A server with one resource whose tag is its count of writes. */
  function server(now: { a: string; b: string }) {
    let writes = 1;
    const read = async () => ({ data: now, etag: String(writes) });
    const write = async (changed: Partial<typeof now>, etag: string) => {
      if (etag !== String(writes)) throw stale();
      now = { ...now, ...changed };
      writes++;
      return read();
    };
    return { read, write, form: (data: typeof now) => ({ ...data }) };
  }

  it('goes through when the other changed something else', async () => {
    const there = server({ a: 'a', b: 'b' });
    const edit = useEdit(there);
    await edit.load.run();
    await there.write({ b: 'theirs' }, '1');
    edit.wish.value = { a: 'mine', b: 'b' };
    await edit.save.run();
    expect((await there.read()).data).toEqual({ a: 'mine', b: 'theirs' });
    expect(edit.clashes.value).toBeNull();
    expect(edit.dirty.value).toBe(false);
  });
  it('keeps what was typed and shows theirs when both changed the same, and saves over it the second time', async () => {
    const there = server({ a: 'a', b: 'b' });
    const edit = useEdit(there);
    await edit.load.run();
    await there.write({ a: 'theirs' }, '1');
    edit.wish.value = { a: 'mine', b: 'b' };
    await edit.save.run();
    expect(edit.clashes.value).toEqual([{ field: 'a', theirs: 'theirs' }]);
    expect(edit.wish.value).toEqual({ a: 'mine', b: 'b' });
    expect((await there.read()).data.a).toBe('theirs');
    await edit.save.run();
    expect((await there.read()).data.a).toBe('mine');
    expect(edit.clashes.value).toBeNull();
  });
  it('is not talked out of a clash by what the page learns while it is saved', async () => {
    const there = server({ a: 'a', b: 'b' });
    const edit: ReturnType<typeof useEdit<{ a: string; b: string }, { a: string; b: string }>> = useEdit({
      ...there,
      read: async () => {
        const now = await there.read();
        edit?.learn(now);
        return now;
      },
    });
    await edit.load.run();
    await there.write({ a: 'theirs' }, '1');
    edit.wish.value = { a: 'mine', b: 'b' };
    await edit.save.run();
    expect(edit.clashes.value).toEqual([{ field: 'a', theirs: 'theirs' }]);
    expect((await there.read()).data.a).toBe('theirs');
  });
  it('shows a clash that the page learns of otherwise', async () => {
    const there = server({ a: 'a', b: 'b' });
    const edit = useEdit(there);
    await edit.load.run();
    edit.wish.value = { a: 'mine', b: 'b' };
    edit.learn(await there.write({ a: 'theirs', b: 'too' }, '1'));
    expect(edit.clashes.value).toEqual([{ field: 'a', theirs: 'theirs' }]);
    expect(edit.wish.value).toEqual({ a: 'mine', b: 'too' });
  });
  it('goes back to theirs when asked', async () => {
    const there = server({ a: 'a', b: 'b' });
    const edit = useEdit(there);
    await edit.load.run();
    await there.write({ a: 'theirs' }, '1');
    edit.wish.value = { a: 'mine', b: 'b' };
    await edit.save.run();
    edit.revert();
    expect(edit.wish.value).toEqual({ a: 'theirs', b: 'b' });
    expect(edit.dirty.value).toBe(false);
  });
});

describe('the order of lots', () => {
  const lots = (...states: [number, Numbered['status']?][]): Numbered[] => states.map(([lotNumber, status = 'draft']) => ({ id: lotNumber * 10, lotNumber, status }));
  const after = (all: Numbered[], requests: Renumbering[][] | null) => (requests ?? []).reduce((now, request) => renumbered(now, request), all).map(({ id, lotNumber }) => `${lotNumber}:${id}`);

  it('shifts those between, down and up', () => {
    const all = lots([1], [2], [3], [5]);
    expect(after(all, moveLot(all, 10, 3))).toEqual(['1:20', '2:30', '3:10', '5:50']);
    expect(after(all, moveLot(all, 50, 2))).toEqual(['1:10', '2:50', '3:20', '5:30']);
  });
  it('leaves a lot that has started in its place, and refuses it', () => {
    const all = lots([1], [2, 'sold'], [3]);
    expect(after(all, moveLot(all, 10, 3))).toEqual(['1:30', '2:20', '3:10']);
    expect(moveLot(all, 10, 2)).toBeNull();
    expect(moveLot(all, 20, 1)).toBeNull();
  });
  it('takes a free number without moving others', () => expect(moveLot(lots([1], [2]), 10, 7)).toEqual([[{ auctionId: 10, lotNumber: 7 }]]));
  it('goes far in several requests, each within the bound and a whole order', () => {
    const all = lots(...Array.from({ length: 10 }, (_, at): [number] => [at + 1]));
    for (const [from, to] of [[10, 10], [100, 1]] as const) {
      const requests = moveLot(all, from, to, 4) ?? [];
      expect(Math.max(...requests.map(({ length }) => length))).toBeLessThanOrEqual(4);
      let now = all;
      for (const request of requests) {
        now = renumbered(now, request);
        expect(new Set(now.map(({ lotNumber }) => lotNumber)).size).toBe(10);
      }
      expect(now.find(({ lotNumber }) => lotNumber === to)?.id).toBe(from);
    }
  });
  it('knows the neighbours that may move', () => {
    const all = lots([1], [2, 'active'], [4]);
    expect(neighbourNumber(all, 10, 1)).toBe(4);
    expect(neighbourNumber(all, 10, -1)).toBeNull();
  });
  it('closes gaps around those that stay', () => {
    const all = lots([2], [4, 'sold'], [7], [9]);
    expect(after(all, closeGaps(all))).toEqual(['1:20', '2:70', '3:90', '4:40']);
    expect(closeGaps(lots([1], [2]))).toEqual([]);
  });
});

describe('many at once', () => {
  it('goes on past failures and tells them with their lots', async () => {
    const failures = await doEach([1, 2, 3], async (item) => {
      if (item === 2) throw new ApiError('CONFLICT', 'no', 409, null);
    });
    expect(failures.map(({ item }) => item)).toEqual([2]);
  });
  it('waits as long as a limit says and asks again', async () => {
    const waits: number[] = [];
    let refusals = 7;
    const failures = await doEach(
      [1],
      async () => {
        if (refusals-- > 0) throw new ApiError('RATE_LIMITED', '', 429, { retryAfterMs: 900 } as never);
      },
      { wait: async (ms) => void waits.push(ms) },
    );
    expect(failures).toEqual([]);
    expect(waits).toEqual(Array(7).fill(900));
  });
  it('gives up on a server that is away', async () => {
    let tries = 0;
    const failures = await doEach([1], async () => { tries++; throw new ApiError('OFFLINE', '', 0, null); }, { wait: async () => undefined });
    expect([failures.length, tries]).toEqual([1, 5]);
  });
  it('never does more than so many at once, and stops when told', async () => {
    let now = 0;
    let most = 0;
    let done = 0;
    await doEach(
      Array.from({ length: 20 }, (_, at) => at),
      async () => {
        most = Math.max(most, ++now);
        await Promise.resolve();
        now--;
      },
      { atOnce: 3, progress: (count) => (done = count), stopped: () => done >= 6 },
    );
    expect(most).toBe(3);
    expect(done).toBeLessThan(20);
  });
});

describe('what is typed', () => {
  it('reads durations', () => expect(['5', '5:30', '0:30', '1:00:00', '５分', '0', 'x', '25:00:00'].map(parseDuration)).toEqual([300_000, 330_000, 30_000, 3_600_000, 300_000, undefined, undefined, undefined]));
  it('shows them as they are typed', () => expect([300_000, 30_000, 3_661_000].map(showDuration)).toEqual(['5:00', '0:30', '1:01:01']));
  it('reads rates and whole numbers', () => {
    expect(['10', '2.5', '８%', '101', '1.234'].map(parsePercent)).toEqual([1000, 250, 800, undefined, undefined]);
    expect([parseWhole('１,000', 1, 2000), parseWhole('0', 1, 9), parseWhole('1.5', 1, 9)]).toEqual([1000, undefined, undefined]);
  });
  it('takes times for Japan’s', () => {
    expect(toJapan('2026-12-01T01:00:00.000Z')).toBe('2026-12-01T10:00');
    expect(fromJapan('2026-12-01T00:30')).toBe('2026-11-30T15:30:00.000Z');
    expect(fromJapan(toJapan('2026-12-01T01:00:07.000Z'))).toBe('2026-12-01T01:00:07.000Z');
    expect([fromJapan(''), fromJapan('2026-13-01T00:00')]).toEqual([null, undefined]);
  });
});

describe('a sale', () => {
  it('needs lots, dates, then the public', () => {
    expect(nextStep({ status: 'draft', lotCount: 0, startsAt: null })).toBe('lots');
    expect(nextStep({ status: 'draft', lotCount: 3, startsAt: null })).toBe('dates');
    expect(nextStep({ status: 'draft', lotCount: 3, startsAt: '2026-12-01T01:00:00.000Z' })).toBe('publish');
    expect(nextStep({ status: 'running', lotCount: 3, startsAt: null })).toBe('console');
  });
  it('has prices on its smallest step', () => expect([isOnStep(1_500_000, [{ step: 10_000 }]), isOnStep(1_505_000, [{ step: 10_000 }])]).toEqual([true, false]));
  it('gets another rung below the open end', () => expect(addRung([{ below: 1_000_000, step: 10_000 }, { below: 0, step: 50_000 }]).map(({ below }) => below)).toEqual([1_000_000, 2_000_000, 0]));
  it('starts its lots in order of their numbers', () => expect([...plannedStarts([{ id: 2, lotNumber: 5 }, { id: 1, lotNumber: 3 }], '2026-12-01T01:00:00.000Z', 60_000)]).toEqual([[1, '2026-12-01T01:00:00.000Z'], [2, '2026-12-01T01:01:00.000Z']]));
});

describe('an import', () => {
  const fault = (line: number, column: string, message = '?') => ({ line, column, message });
  it('puts the same fault of many lines together, the most frequent first', () => {
    const faults = [fault(2, 'sex'), fault(3, 'foaled_on'), fault(3, 'sex'), fault(0, '')];
    expect(groupFaults(faults).map(({ column, count, line }) => [column, count, line])).toEqual([['sex', 2, 2], ['', 1, 0], ['foaled_on', 1, 3]]);
    expect(faultyLines(faults)).toBe(2);
  });
  it('writes CSV that a spreadsheet reads and does not run', () => expect(csv([['a"b', '=1+1', 'x,y']])).toBe('\ufeff"a""b",\'=1+1,"x,y"\r\n'));
  it('offers a file to begin with whose rows have all columns', () => expect(new Set(template().trim().split('\r\n').map((row) => row.split(',').length))).toEqual(new Set([18])));
  it('does not send what cannot be one', () => expect([refuseFile({ name: 'a.xlsx', size: 9 }), refuseFile({ name: 'a.csv', size: 0 }), refuseFile({ name: 'a.csv', size: 99_000_000 }), refuseFile({ name: 'a.CSV', size: 9 }), refuseFile({ name: 'a.jpg', size: 9 })]).toEqual(['kind', 'empty', 'large', null, 'kind']));
});
