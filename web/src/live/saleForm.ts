// A sale as its settings hold it: the members of the contract, with undefined where what was typed is no value. And what a sale needs
// next on its way from a plan to its results. Pure.
import type { Schemas } from '@/api/client';

export type Sale = Schemas['Sale'];
export type SaleStatus = Schemas['SaleStatus'];

type Members = Required<Omit<Schemas['SaleBody'], 'status'>>;
/** Every member may also be unreadable. */
export type SaleForm = { [K in Exclude<keyof Members, 'ladder'>]: Members[K] | undefined } & { ladder: LadderRung[] };
/** `below` 0: no upper end; only the last has none. */
export interface LadderRung {
  below: number | null | undefined;
  step: number | null | undefined;
}

export const PACINGS = ['manual', 'interval', 'sequential', 'together', 'own'] as const;

export function saleForm(sale: Sale): SaleForm {
  const { rules, pacing } = sale;
  return {
    nameJa: sale.nameJa,
    nameEn: sale.nameEn,
    startsAt: sale.startsAt,
    endsAt: sale.endsAt,
    ladder: sale.ladder.map(({ below, step }) => ({ below, step })),
    durationMs: rules.durationMs,
    extensionWindowMs: rules.extensionWindowMs,
    extensionMs: rules.extensionMs,
    lateMs: rules.lateMs,
    closeGraceMs: rules.closeGraceMs,
    extensionMode: rules.extensionMode,
    maxExtensions: rules.maxExtensions,
    taxRateBp: sale.taxRateBp,
    buyerCommissionBp: sale.buyerCommissionBp,
    sellerCommissionBp: sale.sellerCommissionBp ?? 0,
    entryFee: sale.entryFee ?? 0,
    passedFee: sale.passedFee ?? 0,
    dueOn: sale.dueOn,
    termsVersion: sale.termsVersion,
    termsUrl: sale.termsUrl,
    pacingMode: pacing.mode,
    pacingIntervalMs: pacing.intervalMs,
    maxActive: pacing.maxActive,
  };
}

/** A new sale begins as the house usually does it; the names are what must be typed. */
export function blankSale(defaults: Schemas['Config']['saleDefaults']): SaleForm {
  const rules = defaults.rules;
  return {
    nameJa: '',
    nameEn: '',
    startsAt: null,
    endsAt: null,
    ladder: (defaults.ladder ?? []).map(({ below, step }) => ({ below, step })),
    durationMs: rules?.durationMs ?? 300_000,
    extensionWindowMs: rules?.extensionWindowMs ?? 300_000,
    extensionMs: rules?.extensionMs ?? 300_000,
    lateMs: rules?.lateMs ?? 60_000,
    closeGraceMs: rules?.closeGraceMs ?? 1_000,
    extensionMode: rules?.extensionMode ?? 'reset',
    maxExtensions: rules?.maxExtensions ?? 0,
    taxRateBp: defaults.taxRateBp ?? 1_000,
    buyerCommissionBp: 0,
    sellerCommissionBp: 0,
    entryFee: 0,
    passedFee: 0,
    dueOn: null,
    termsVersion: null,
    termsUrl: null,
    pacingMode: 'interval',
    pacingIntervalMs: 120_000,
    maxActive: 0,
  };
}

/** The smallest step, of which every price is a multiple. */
export const priceUnit = (ladder: readonly { step: number }[]): number => ladder[0]?.step ?? 1;

export const isOnStep = (yen: number, ladder: readonly { step: number }[]): boolean => yen % priceUnit(ladder) === 0;

/** One rung more below the open end, twice as far as the one before. */
export function addRung(ladder: readonly LadderRung[]): LadderRung[] {
  const open = ladder[ladder.length - 1] ?? { below: 0, step: 10_000 };
  const below = (ladder[ladder.length - 2]?.below ?? 500_000) * 2;
  return [...ladder.slice(0, -1), { below, step: open.step }, open];
}

export type NextStep = 'lots' | 'dates' | 'publish' | 'open' | 'console' | 'results';

export function nextStep(sale: Pick<Sale, 'status' | 'lotCount' | 'startsAt'>): NextStep {
  if (sale.status === 'closed') return 'results';
  if (sale.status === 'running') return 'console';
  if (sale.lotCount === 0) return 'lots';
  if (sale.status === 'published') return 'open';
  return sale.startsAt === null ? 'dates' : 'publish';
}

/** Where a sale may go from each state, the way forward first. */
export const MOVES: Record<SaleStatus, readonly SaleStatus[]> = {
  draft: ['published'],
  published: ['running', 'draft', 'closed'],
  running: ['closed', 'published'],
  closed: ['running'],
};

/** A draft lot in its form. */
export interface LotForm {
  lotNumber: number | null | undefined;
  horseId: number | null;
  startPrice: number | null | undefined;
  reservePrice: number | null | undefined;
}

export function lotForm(lot: Schemas['Auction']): LotForm {
  return { lotNumber: lot.lotNumber, horseId: lot.horse.id, startPrice: lot.startPrice, reservePrice: lot.reservePrice ?? 0 };
}

/** When each of the lots is to start: the lowest number first, the others so long apart. */
export function plannedStarts(lots: readonly { id: number; lotNumber: number }[], first: string, apartMs: number): Map<number, string> {
  const begin = Date.parse(first);
  return new Map([...lots].sort((a, b) => a.lotNumber - b.lotNumber).map(({ id }, at) => [id, new Date(begin + at * apartMs).toISOString()]));
}
