// What an auctioneer may do with a lot in each of its states; which commands ask once more, and which want a reason.
import type { CommandName } from '@/stores/commands';

export type LotStatus = 'draft' | 'scheduled' | 'active' | 'paused' | 'sold' | 'passed' | 'withdrawn';

export interface CommandInfo {
  name: CommandName;
  /** The key that does it, when the lot is in focus. */
  key: string;
  states: readonly LotStatus[];
  /** What is asked before: only whether it is meant, or for what it needs. Absent: it is done at once. */
  asks?: 'confirm' | 'reason' | 'reasonIfAny' | 'text' | 'amount' | 'minutes';
  /** Refused if anything has come since the auctioneer looked. */
  expects?: true;
  /** Only while there is no bid, or only once there is one. */
  bids?: 'none' | 'some';
  /** What is asked for may be left at none. */
  orNone?: true;
  tone?: 'danger' | 'main';
}

export const COMMAND_TABLE: readonly CommandInfo[] = [
  { name: 'schedule', key: 'c', states: ['draft'], tone: 'main' },
  { name: 'start', key: 'o', states: ['scheduled'], asks: 'confirm', tone: 'main' },
  { name: 'warn', key: 'w', states: ['active', 'paused'], tone: 'main' },
  { name: 'hammer', key: 'h', states: ['active'], asks: 'confirm', expects: true, tone: 'main' },
  { name: 'pause', key: 'p', states: ['active'] },
  { name: 'resume', key: 'r', states: ['paused'], tone: 'main' },
  { name: 'extend', key: 'e', states: ['active'] },
  { name: 'extendBy', key: 't', states: ['active'], asks: 'minutes' },
  { name: 'message', key: 'm', states: ['active', 'paused'], asks: 'text' },
  { name: 'step', key: 's', states: ['active', 'paused'], asks: 'amount', orNone: true },
  { name: 'startPrice', key: 'l', states: ['active', 'paused'], asks: 'amount', bids: 'none' },
  { name: 'reserve', key: 'v', states: ['scheduled', 'active', 'paused'], asks: 'amount', orNone: true },
  { name: 'undo', key: 'u', states: ['active', 'paused'], asks: 'reason', expects: true, bids: 'some', tone: 'danger' },
  { name: 'pass', key: 'x', states: ['active', 'paused', 'scheduled'], asks: 'reasonIfAny', expects: true, tone: 'danger' },
  { name: 'withdraw', key: 'd', states: ['active', 'paused', 'scheduled'], asks: 'reason', expects: true, tone: 'danger' },
  { name: 'reopen', key: 'b', states: ['passed', 'withdrawn', 'sold'], asks: 'reason', tone: 'danger' },
];

/** Keys that do nothing to a lot: which one is in hand. */
export const PLACE_KEYS = { before: 'j', after: 'k', next: 'n', find: 'g', help: '?' } as const;

export function commandsFor(status: LotStatus, hasBids = false): CommandInfo[] {
  return COMMAND_TABLE.filter(({ states, bids }) => states.includes(status) && (bids === undefined || (bids === 'some') === hasBids));
}

/** What may be done to a whole sale: only what there is something of. `waiting`: lots that the clock may yet open. */
export function saleCommandsFor({ active, paused, waiting, pausedAtMs }: { active: number; paused: number; waiting: number; pausedAtMs: number | null }): { pause: boolean; resume: boolean } {
  return { pause: active > 0 || (waiting > 0 && pausedAtMs === null), resume: paused > 0 || pausedAtMs !== null };
}
