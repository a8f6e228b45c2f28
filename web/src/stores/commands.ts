// The auctioneer's commands. They go by REST, not over the socket: it is as quick (one request on a connection that is open), the
// answer does not depend on the node that a lot's room happens to be at, and what was on its way when the line broke is asked again
// at once. For that each has a commandId of its own, under which it is carried out once however often it is sent. While the socket
// is cut the console gives no commands all the same: nobody shall hammer what they do not see.
import { defineStore } from 'pinia';
import { reactive } from 'vue';
import { ApiError, api, take } from '@/api/client';
import type { paths } from '@/api/generated/rest';
import type { OwnCommand } from '@/live/desk';
import { useLive } from './live';

export interface CommandWish {
  auctionId: number;
  lotNumber: number;
  /** The seq that the auctioneer saw; what needs it is refused if anything came since. */
  seq: number;
  /** A reason, or the message. */
  text?: string;
  amount?: number;
  ms?: number;
  /** undo: the bid to be taken back; absent: the last one. */
  bid?: number;
}

const MINUTE_MS = 60_000;

type Body = { commandId: string };
type Sender = (wish: CommandWish, body: Body, how: { params: { path: { id: number } }; signal: AbortSignal }) => Promise<unknown>;
const because = ({ text }: CommandWish) => (text ? { reason: text } : {});
const must = ({ text }: CommandWish) => ({ reason: text ?? '' });
const still = ({ seq }: CommandWish) => ({ expectedSeq: seq });

/** What each says, in the words of the contract. */
const COMMANDS = {
  schedule: (_, body, how) => take(api.POST('/api/auctions/{id}/schedule', { ...how, body })),
  start: (_, body, how) => take(api.POST('/api/auctions/{id}/start', { ...how, body })),
  pause: (wish, body, how) => take(api.POST('/api/auctions/{id}/pause', { ...how, body: { ...body, ...because(wish) } })),
  resume: (wish, body, how) => take(api.POST('/api/auctions/{id}/resume', { ...how, body: { ...body, ...because(wish) } })),
  extend: (_, body, how) => take(api.POST('/api/auctions/{id}/extend', { ...how, body: { ...body, byMs: MINUTE_MS } })),
  extendBy: (wish, body, how) => take(api.POST('/api/auctions/{id}/extend', { ...how, body: { ...body, byMs: wish.ms ?? MINUTE_MS } })),
  step: (wish, body, how) => take(api.POST('/api/auctions/{id}/step', { ...how, body: { ...body, step: wish.amount ?? 0 } })),
  startPrice: (wish, body, how) => take(api.POST('/api/auctions/{id}/step', { ...how, body: { ...body, startPrice: wish.amount ?? 0 } })),
  warn: (_, body, how) => take(api.POST('/api/auctions/{id}/warn', { ...how, body })),
  message: (wish, body, how) => take(api.POST('/api/auctions/{id}/message', { ...how, body: { ...body, text: wish.text ?? '' } })),
  reserve: (wish, body, how) => take(api.POST('/api/auctions/{id}/reserve', { ...how, body: { ...body, reserve: wish.amount ?? 0 } })),
  hammer: (wish, body, how) => take(api.POST('/api/auctions/{id}/hammer', { ...how, body: { ...body, ...still(wish) } })),
  pass: (wish, body, how) => take(api.POST('/api/auctions/{id}/pass', { ...how, body: { ...body, ...still(wish), ...because(wish) } })),
  withdraw: (wish, body, how) => take(api.POST('/api/auctions/{id}/withdraw', { ...how, body: { ...body, ...still(wish), ...must(wish) } })),
  undo: (wish, body, how) => take(api.POST('/api/auctions/{id}/undo', { ...how, body: { ...body, ...still(wish), ...must(wish), ...(wish.bid ? { seq: wish.bid } : {}) } })),
  reopen: (wish, body, how) => take(api.POST('/api/auctions/{id}/reopen', { ...how, body: { ...body, ...must(wish) } })),
} satisfies Record<string, Sender>;

export type CommandName = keyof typeof COMMANDS;

/** What became of a lot when the whole sale was paused or resumed. */
export type LotOutcome = paths['/api/sales/{id}/pause']['post']['responses'][200]['content']['application/json']['lots'][number];

const KEPT = 50;
const TRIES = 5;
const PAUSE_MS = 1_000;
const ANSWER_MS = 8_000;

/** Two buttons may give the same command. */
const KINDS: Partial<Record<CommandName, OwnCommand['kind']>> = { startPrice: 'step', extendBy: 'extend' };
const kindOf = (name: CommandName) => KINDS[name] ?? (name as OwnCommand['kind']);

/** What was said, as the log of all consoles has it. */
function saidOf(name: CommandName, { text, amount, ms, bid }: CommandWish): OwnCommand['said'] {
  return {
    ...(text ? { text } : {}),
    ...(kindOf(name) === 'extend' ? { byMs: ms ?? MINUTE_MS } : {}),
    ...(amount !== undefined && (name === 'step' || name === 'startPrice' || name === 'reserve') ? { [name]: amount } : {}),
    ...(bid ? { seq: bid } : {}),
  };
}

const noAnswer = (error: unknown) => error instanceof ApiError && (error.code === 'OFFLINE' || error.code === 'UNCERTAIN');

export const useCommands = defineStore('commands', () => {
  const live = useLive();
  /** The newest first; what the log of all has as well is shown once. */
  const own = reactive<OwnCommand[]>([]);

  /** Does it, again and again under the same id as long as nobody knows whether it was done. */
  async function persist<T>(work: (commandId: string, signal: AbortSignal) => Promise<T>, commandId: string, unknown: () => void): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work(commandId, AbortSignal.timeout(ANSWER_MS));
      } catch (error) {
        if (!noAnswer(error) || tries === TRIES) throw error;
        unknown();
        await new Promise((wake) => setTimeout(wake, PAUSE_MS));
      }
    }
  }

  /** True when it was carried out; if not, the entry in `own` says why. */
  async function run(name: CommandName, wish: CommandWish): Promise<boolean> {
    const { auctionId, lotNumber } = wish;
    own.unshift({ commandId: crypto.randomUUID(), auctionId, lotNumber, kind: kindOf(name), said: saidOf(name, wish), atMs: live.clock.now(), phase: 'sent', error: null });
    own.splice(KEPT);
    const entry = own[0] as OwnCommand;
    const send: Sender = COMMANDS[name];
    try {
      await persist(
        (commandId, signal) => send(wish, { commandId }, { params: { path: { id: auctionId } }, signal }),
        entry.commandId,
        () => (entry.phase = 'unknown'),
      );
      entry.phase = 'done';
      return true;
    } catch (error) {
      entry.phase = 'refused';
      entry.error = error;
      return false;
    }
  }

  /** All of a sale at once: what became of each lot. Those that went along have their entry in the log. */
  async function pauseSale(saleId: number, reason: string): Promise<LotOutcome[]> {
    const params = { path: { id: saleId } };
    return (await persist((commandId, signal) => take(api.POST('/api/sales/{id}/pause', { params, signal, body: { commandId, ...(reason ? { reason } : {}) } })), crypto.randomUUID(), () => undefined)).lots;
  }

  async function resumeSale(saleId: number, lots: 'sale' | 'outage' | 'all'): Promise<LotOutcome[]> {
    const params = { path: { id: saleId } };
    return (await persist((commandId, signal) => take(api.POST('/api/sales/{id}/resume', { params, signal, body: { commandId, lots } })), crypto.randomUUID(), () => undefined)).lots;
  }

  return { own, run, pauseSale, resumeSale };
});

