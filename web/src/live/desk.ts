// What the console shows of a lot, out of the three that tell of it: its room (at once), the office's desk and the sale's board (once
// a second). The one that knows the newest seq is believed, so a slower one never turns what is shown back. And the log of all
// consoles, with what this one has sent and not yet found in it. Pure.
import type { components } from '@/api/generated/live';
import type { State } from './lot';

export type Desk = components['schemas']['Desk'];
export type DeskLot = components['schemas']['DeskLot'];
export type DeskCommand = Desk['commands'][number];
type BoardLot = components['schemas']['BoardLot'];

/** A fair warning must have stood so long before the hammer may fall. */
export const WARNING_MS = 10_000;

/** So much of the log is kept; a desk is told the last twenty. */
export const LOG_KEPT = 300;

export interface ConsoleLot {
  auctionId: number;
  lotNumber: number;
  /** Of the state that is shown; what a command that must not be stale carries. */
  seq: number;
  status: BoardLot['status'];
  price: number | null;
  /** The paddle that leads; undefined: not known yet, the board does not tell. */
  leader: number | null | undefined;
  endsAtMs: number | null;
  /** Of a paused lot. */
  remainingMs: number | null;
  extensions: number;
}

export function consoleLot(room: State | undefined, desk: DeskLot | undefined, board: BoardLot | undefined): ConsoleLot | undefined {
  const newest = Math.max(room?.seq ?? -1, desk?.expectedSeq ?? -1, board?.seq ?? -1);
  if (room && room.seq === newest) {
    const { auctionId, lotNumber, seq, status, price, leader, endsAtMs, remainingMs, extensions } = room;
    return { auctionId, lotNumber, seq, status, price, leader, endsAtMs: status === 'active' ? endsAtMs : null, remainingMs, extensions };
  }
  const rest = { remainingMs: null, extensions: room?.extensions ?? 0 };
  if (desk && desk.expectedSeq === newest) {
    const { auctionId, lotNumber, status, price, leader, endsAtMs } = desk;
    return { auctionId, lotNumber, seq: newest, status, price, leader: leader?.paddle ?? null, endsAtMs: status === 'active' ? endsAtMs : null, ...rest };
  }
  if (!board) return undefined;
  const { auctionId, lotNumber, seq, status, price, endsAtMs } = board;
  return { auctionId, lotNumber, seq, status, price, leader: price === null ? null : undefined, endsAtMs: status === 'active' ? endsAtMs : null, ...rest };
}

/** What runs, soonest end first; what is paused has no end and comes last. */
export function running(lots: readonly ConsoleLot[]): ConsoleLot[] {
  return lots
    .filter(({ status }) => status === 'active' || status === 'paused')
    .sort((a, b) => (a.endsAtMs ?? Infinity) - (b.endsAtMs ?? Infinity) || a.lotNumber - b.lotNumber);
}

/** Judged on the price that is shown, which may be newer than the desk's. */
export function reserveState(reserve: number | null, price: number | null): 'none' | 'unmet' | 'met' {
  if (!reserve) return 'none';
  return price !== null && price >= reserve ? 'met' : 'unmet';
}

/** How the hammer stands: no warning yet, so long to wait, or 0: it may fall. */
export function hammerIn(warnedAtMs: number | null, nowMs: number): number | null {
  return warnedAtMs === null ? null : Math.max(0, warnedAtMs + WARNING_MS - nowMs);
}

/** A command of this console, of which the log of all may not know yet. */
export interface OwnCommand {
  commandId: string;
  auctionId: number;
  lotNumber: number;
  kind: DeskCommand['kind'];
  said: DeskCommand['said'];
  atMs: number;
  /** unknown: no answer came, it is being asked again under the same id. */
  phase: 'sent' | 'unknown' | 'done' | 'refused';
  error: unknown;
}

export type LogEntry = (DeskCommand & { phase: 'done'; error: null }) | (OwnCommand & { name: null });

const keyOf = ({ auctionId, commandId }: { auctionId: number; commandId: string }) => `${auctionId}/${commandId}`;

/** The log with what a desk was told now; the newest first. */
export function addToLog(log: readonly DeskCommand[], told: readonly DeskCommand[]): DeskCommand[] {
  const known = new Map(log.map((entry) => [keyOf(entry), entry]));
  for (const entry of told) known.set(keyOf(entry), entry);
  return [...known.values()].sort((a, b) => b.atMs - a.atMs || a.auctionId - b.auctionId || b.seq - a.seq).slice(0, LOG_KEPT);
}

/** All consoles' log, and of this one's own what is on its way, was refused, or is not in it yet. */
export function withOwn(log: readonly DeskCommand[], own: readonly OwnCommand[]): LogEntry[] {
  const known = new Set(log.map(keyOf));
  const all: LogEntry[] = log.map((entry) => ({ ...entry, phase: 'done', error: null }));
  for (const entry of own) if (!known.has(keyOf(entry))) all.push({ ...entry, name: null });
  return all.sort((a, b) => b.atMs - a.atMs);
}
