// The office's lists: in which order one works through them, what is sent, what is drawn.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ACTIONS, addressOf, detailsOf, queryOf, wishOf } from '@/live/audit';
import { blankDecision, decisionBody, findRegistrations, nextWaiting, parsePaddle, usedShare, type Registration } from '@/live/registration';
import { byGroup, byLotOrder, distribution, findReported, type SaleReport } from '@/live/report';
import { likeliestSale } from '@/live/sale';
import ja from '@/i18n/ja/records.json';

const registration = (userId: number, rest: Partial<Registration> = {}): Registration =>
  ({ saleId: 1, userId, name: `購買者${userId}`, email: `u${userId}@example.test`, status: 'applied', version: 1, paddle: null, creditLimit: null, exposure: 0, requestedLimit: null, principal: null, invoiceName: null, ownerNumber: null, appliedAt: `2026-07-0${userId}T00:00:00.000Z`, createdAt: '2026-07-01T00:00:00.000Z', ...rest }) as Registration;
const ids = (list: readonly Registration[]) => list.map(({ userId }) => userId);

describe('registrations of a sale', () => {
  const list = [registration(4), registration(3, { status: 'approved', paddle: 12 }), registration(2), registration(1, { status: 'approved', paddle: 2, name: 'ヤマダ' }), registration(5, { status: 'rejected' })];

  it('has those that wait first, the longest first, then by paddle', () => expect(ids(findRegistrations(list, '', null))).toEqual([2, 4, 1, 3, 5]));
  it('finds by state, by name in any kana, and by paddle', () => {
    expect(ids(findRegistrations(list, '', 'approved'))).toEqual([1, 3]);
    expect(ids(findRegistrations(list, 'やまだ', null))).toEqual([1]);
    expect(ids(findRegistrations(list, '１２', null))).toEqual([3]);
  });
  it('goes on to the next that waits, and begins anew at the end', () => {
    expect(nextWaiting(list, registration(2, { status: 'approved' }))).toBe(4);
    expect(nextWaiting(list, registration(4, { status: 'approved' }))).toBe(2);
    expect(nextWaiting([list[4] as Registration], registration(2))).toBeNull();
  });
  it('starts a first decision from the wish, else from the usual limit; a later one from what holds', () => {
    expect(blankDecision(registration(1, { requestedLimit: 5e7 }), 1e7).creditLimit).toBe(5e7);
    expect(blankDecision(registration(1), 1e7).creditLimit).toBe(1e7);
    expect(blankDecision(registration(1, { status: 'approved', paddle: 7, creditLimit: null }), 1e7)).toMatchObject({ paddle: '7', creditLimit: null });
  });
  it('sends what was decided and what was changed, nothing else', () => {
    const applied = registration(1);
    expect(decisionBody(applied, { paddle: ' １２', creditLimit: 5e7, reason: '' }, 'approved')).toEqual({ status: 'approved', paddle: 12, creditLimit: 5e7 });
    expect(decisionBody(applied, { paddle: '', creditLimit: null, reason: '' }, 'approved')).toEqual({ status: 'approved' });
    expect(decisionBody(applied, { paddle: '12', creditLimit: 5e7, reason: ' x ' }, 'rejected')).toEqual({ status: 'rejected', reason: 'x' });
    const approved = registration(1, { status: 'approved', paddle: 12, creditLimit: 5e7 });
    expect(decisionBody(approved, { paddle: '12', creditLimit: null, reason: '' }, null)).toEqual({ creditLimit: null });
  });
  it('knows a paddle from what is none', () => expect(['', '7', '0', '100000', 'x'].map(parsePaddle)).toEqual([null, 7, undefined, undefined, undefined]));
  it('measures what is used of a limit', () => {
    expect(usedShare({ exposure: 5, creditLimit: 10 })).toBe(0.5);
    expect(usedShare({ exposure: 5, creditLimit: null })).toBeNull();
    expect(usedShare({ exposure: 5, creditLimit: 0 })).toBe(Infinity);
    expect(usedShare({ exposure: 0, creditLimit: 0 })).toBe(0);
  });
});

describe('the sale at work', () => {
  const sale = (id: number, status: 'draft' | 'published' | 'running' | 'closed', startsAt: string | null) => ({ id, status, startsAt });
  it('is the one that is on, else the next, else the last', () => {
    const closed = [sale(1, 'closed', '2026-01-01T00:00:00Z'), sale(2, 'closed', '2026-05-01T00:00:00Z'), sale(9, 'draft', null)];
    const coming = [sale(3, 'published', '2026-09-01T00:00:00Z'), sale(4, 'published', '2026-08-01T00:00:00Z'), sale(5, 'published', null)];
    expect(likeliestSale([...closed, ...coming, sale(6, 'running', null)])).toBe(6);
    expect(likeliestSale([...closed, ...coming])).toBe(4);
    expect(likeliestSale(closed)).toBe(2);
    expect(likeliestSale([])).toBeNull();
  });
});

describe('results', () => {
  const lot = (lotNumber: number, status: string, price: number | null, rest = {}) => ({ lotNumber, status, price, displayNameJa: `ハナ${lotNumber}`, displayNameEn: '', paddle: null, ...rest });
  const group = (key: string | null, gross: number) => ({ key, gross });
  const report = {
    lots: [lot(3, 'passed', null), lot(1, 'sold', 1_500_000), lot(2, 'sold', 6_000_000, { paddle: 31 }), lot(4, 'sold', 5_000_000)],
    byConsignor: [group('a', 1), group('b', 5), group('c', 3), group('d', 2), group('e', 0)], bySession: [group('2026-07-02', 1), group('2026-07-03', 9)],
  } as unknown as SaleReport;

  it('are counted in bands from the lowest used to the highest', () => {
    expect(distribution(report).map(({ key, value }) => [key.from, key.to, value])).toEqual([[100, 200, 1], [200, 300, 0], [300, 500, 0], [500, 700, 2]]);
    expect(distribution({ ...report, lots: [] })).toEqual([]);
  });
  it('stand in lot order, with nothing where nothing was sold', () => expect(byLotOrder(report).map(({ key, value }) => [key.lotNumber, value])).toEqual([[1, 1_500_000], [2, 6_000_000], [3, 0], [4, 5_000_000]]));
  it('show the largest groups and the rest as one; days as they came', () => {
    expect(byGroup(report, 'byConsignor', 3).map(({ key, value }) => [key?.key, value])).toEqual([['b', 5], ['c', 3], [undefined, 3]]);
    expect(byGroup(report, 'bySession', 3).map(({ key }) => key?.key)).toEqual(['2026-07-02', '2026-07-03']);
  });
  it('are found by name, number and paddle', () => {
    expect(findReported(report.lots, 'はな4').map(({ lotNumber }) => lotNumber)).toEqual([4]);
    expect(findReported(report.lots, '31').map(({ lotNumber }) => lotNumber)).toEqual([2]);
  });
});

describe('the audit trail', () => {
  /** The actions in the statements that write the log, a name built of two parts with all that it may become. */
  function written(): string[] {
    const folders = ['queries', 'migrations'].map((name) => join(process.cwd(), '../sql', name));
    const parts: Record<string, string[]> = { registration_: ['approved', 'rejected', 'revoked', 'withdrawn'], sale_: ['pause', 'resume'] };
    const found = new Set<string>();
    for (const folder of folders)
      for (const file of readdirSync(folder)) {
        for (const [, statement = ''] of readFileSync(join(folder, file), 'utf8').matchAll(/INSERT INTO audit_log \([^)]*\)\s+((?:SELECT|VALUES)[\s\S]*?)(?:\n\)|;|jsonb_|FROM)/g))
          for (const [, name = ''] of statement.matchAll(/'([a-z]+_?(?:[a-z]+_?)*)'/g)) (parts[name]?.map((end) => name + end) ?? [name]).forEach((one) => found.add(one));
      }
    return [...found].sort();
  }
  const known = Object.values(ACTIONS).flat();

  it('has a name for every action that the server writes, and no other', () => {
    const names = written();
    expect(names).toContain('bid');
    expect(names.length).toBeGreaterThan(25);
    expect([...known].sort()).toEqual(names);
    for (const action of known) expect(ja.action).toHaveProperty(action);
  });
  it('keeps in the address what is looked for, and asks in Japan’s time', () => {
    const wish = wishOf({ from: '2026-07-01T09:00', userId: '7', saleId: 'x', action: 'bid', code: ' bid_too_low ' });
    expect(wish).toMatchObject({ userId: 7, saleId: null, action: 'bid' });
    expect(wishOf(addressOf(wish))).toEqual(wish);
    expect(queryOf(wish)).toEqual({ from: '2026-07-01T00:00:00.000Z', userId: 7, action: 'bid', code: 'BID_TOO_LOW' });
    expect(queryOf(wishOf({ from: '2026-07' }))).toEqual({});
  });
  it('tells details as pairs', () => {
    expect(detailsOf({ role: ['viewer', 'admin'], members: ['name', 'role'], n: 3, gone: null, rules: { a: 1 } })).toEqual([['role', 'viewer → admin'], ['members', 'name, role'], ['n', 3], ['rules', '{"a":1}']]);
  });
});
