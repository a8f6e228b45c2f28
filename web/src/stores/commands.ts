// The auctioneer's commands, by REST: each with a commandId of its own, under which it is sent again when no answer came, so that
// it is carried out once. What was done, by this console, stands in a list with its outcome.
import { defineStore } from 'pinia';
import { reactive } from 'vue';
import { ApiError, api, take } from '@/api/client';
import { useLive } from './live';

export interface CommandWish {
  auctionId: number;
  lotNumber: number;
  /** The seq that the auctioneer saw; what needs it is refused if anything came since. */
  seq: number;
  reason?: string;
  amount?: number;
  ms?: number;
}

type Body = { commandId: string };
const path = (id: number) => ({ path: { id } });
const because = ({ reason }: CommandWish) => (reason ? { reason } : {});

/** What each says, in the words of the contract. */
const COMMANDS = {
  schedule: (wish: CommandWish, body: Body) => take(api.POST('/api/auctions/{id}/schedule', { params: path(wish.auctionId), body })),
  start: (wish: CommandWish, body: Body) => take(api.POST('/api/auctions/{id}/start', { params: path(wish.auctionId), body })),
  pause: (wish: CommandWish, body: Body) => take(api.POST('/api/auctions/{id}/pause', { params: path(wish.auctionId), body: { ...body, ...because(wish) } })),
  resume: (wish: CommandWish, body: Body) => take(api.POST('/api/auctions/{id}/resume', { params: path(wish.auctionId), body: { ...body, ...because(wish) } })),
  extend: (wish: CommandWish, body: Body) => take(api.POST('/api/auctions/{id}/extend', { params: path(wish.auctionId), body: { ...body, byMs: wish.ms ?? 60_000 } })),
  step: (wish: CommandWish, body: Body) => take(api.POST('/api/auctions/{id}/step', { params: path(wish.auctionId), body: { ...body, step: wish.amount ?? 0 } })),
  warn: (wish: CommandWish, body: Body) => take(api.POST('/api/auctions/{id}/warn', { params: path(wish.auctionId), body })),
  message: (wish: CommandWish, body: Body) => take(api.POST('/api/auctions/{id}/message', { params: path(wish.auctionId), body: { ...body, text: wish.reason ?? '' } })),
  reserve: (wish: CommandWish, body: Body) => take(api.POST('/api/auctions/{id}/reserve', { params: path(wish.auctionId), body: { ...body, reserve: wish.amount ?? 0 } })),
  hammer: (wish: CommandWish, body: Body) => take(api.POST('/api/auctions/{id}/hammer', { params: path(wish.auctionId), body: { ...body, expectedSeq: wish.seq } })),
  pass: (wish: CommandWish, body: Body) => take(api.POST('/api/auctions/{id}/pass', { params: path(wish.auctionId), body: { ...body, expectedSeq: wish.seq, ...because(wish) } })),
  withdraw: (wish: CommandWish, body: Body) => take(api.POST('/api/auctions/{id}/withdraw', { params: path(wish.auctionId), body: { ...body, expectedSeq: wish.seq, reason: wish.reason ?? '' } })),
  undo: (wish: CommandWish, body: Body) => take(api.POST('/api/auctions/{id}/undo', { params: path(wish.auctionId), body: { ...body, expectedSeq: wish.seq, reason: wish.reason ?? '' } })),
  reopen: (wish: CommandWish, body: Body) => take(api.POST('/api/auctions/{id}/reopen', { params: path(wish.auctionId), body: { ...body, reason: wish.reason ?? '' } })),
} as const;

export type CommandName = keyof typeof COMMANDS;

export interface DoneCommand {
  commandId: string;
  name: CommandName;
  lotNumber: number;
  atMs: number;
  phase: 'sent' | 'done' | 'refused';
  error: unknown;
}

const KEPT = 50;
const TRIES = 5;
const PAUSE_MS = 1_000;

export const useCommands = defineStore('commands', () => {
  const live = useLive();
  const done = reactive<DoneCommand[]>([]);

  async function run(name: CommandName, wish: CommandWish): Promise<boolean> {
    done.unshift({ commandId: crypto.randomUUID(), name, lotNumber: wish.lotNumber, atMs: live.clock.now(), phase: 'sent', error: null });
    done.splice(KEPT);
    const entry = done[0] as DoneCommand;
    for (let tries = 1; ; tries++) {
      try {
        await COMMANDS[name](wish, { commandId: entry.commandId });
        entry.phase = 'done';
        return true;
      } catch (error) {
        const unknown = error instanceof ApiError && (error.code === 'OFFLINE' || error.code === 'UNCERTAIN');
        if (!unknown || tries === TRIES) {
          entry.phase = 'refused';
          entry.error = error;
          return false;
        }
        await new Promise((wake) => setTimeout(wake, PAUSE_MS));
      }
    }
  }

  return { done, run };
});
