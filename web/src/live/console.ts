// What an auctioneer may do with a lot in each of its states; which commands ask once more, and which want a reason.
import type { CommandName } from '@/stores/commands';

export type LotStatus = 'draft' | 'scheduled' | 'active' | 'paused' | 'sold' | 'passed' | 'withdrawn';

export interface CommandInfo {
  name: CommandName;
  /** The key that does it, when the lot is in focus. */
  key?: string;
  states: readonly LotStatus[];
  asks?: 'confirm' | 'reason' | 'text' | 'amount';
  tone?: 'danger' | 'main';
}

export const COMMAND_TABLE: readonly CommandInfo[] = [
  { name: 'schedule', states: ['draft'], tone: 'main' },
  { name: 'start', key: 'o', states: ['scheduled'], asks: 'confirm', tone: 'main' },
  { name: 'warn', key: 'w', states: ['active', 'paused'], tone: 'main' },
  { name: 'hammer', key: 'h', states: ['active'], asks: 'confirm', tone: 'main' },
  { name: 'pause', key: 'p', states: ['active'] },
  { name: 'resume', key: 'r', states: ['paused'], tone: 'main' },
  { name: 'extend', key: 'e', states: ['active'] },
  { name: 'message', key: 'm', states: ['active', 'paused'], asks: 'text' },
  { name: 'step', key: 's', states: ['active', 'paused'], asks: 'amount' },
  { name: 'reserve', states: ['scheduled', 'active', 'paused'], asks: 'amount' },
  { name: 'undo', key: 'u', states: ['active', 'paused'], asks: 'reason', tone: 'danger' },
  { name: 'pass', states: ['active', 'paused', 'scheduled'], asks: 'confirm', tone: 'danger' },
  { name: 'withdraw', states: ['active', 'paused', 'scheduled'], asks: 'reason', tone: 'danger' },
  { name: 'reopen', states: ['passed', 'withdrawn', 'sold'], asks: 'reason', tone: 'danger' },
];

export function commandsFor(status: LotStatus): CommandInfo[] {
  return COMMAND_TABLE.filter(({ states }) => states.includes(status));
}
