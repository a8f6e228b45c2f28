// What runs, as the operator sees it: the processes by what they last told of themselves, what of it is out of order, and how the
// figures went in the last minutes. Pure; the history is kept here alone, for nobody has to keep it for us.
import type { Schemas } from '@/api/client';

export type Nodes = Schemas['Nodes'];
export type Node = Nodes['items'][number];
export type Realtime = Schemas['RealtimeFigures'];
export type Rest = Schemas['RestFigures'];

/** Limits beyond which something is called out of order; the first three are the targets of the product. */
export const LIMITS = { bidUs: 50_000, requestUs: 200_000, clockMs: 50, queue: 1_000 } as const;

/** Five minutes, of a figure every two seconds. */
export const POINTS_KEPT = 150;

export const isRealtime = (figures: Node['figures']): figures is Realtime => figures.program === 'seri-realtime';

export type Trouble = 'silent' | 'draining' | 'noDatabase' | 'slowBids' | 'clock' | 'noClock' | 'queue' | 'slowRequests' | 'errors';

/** What is out of order with a process, the gravest first. One that is silent is only that: its figures are old. */
export function troubles({ silent, figures }: Node): Trouble[] {
  if (silent) return ['silent'];
  const found: (Trouble | false)[] = [!figures.postgresql && 'noDatabase', figures.draining && 'draining', figures.queue > LIMITS.queue && 'queue'];
  if (isRealtime(figures)) {
    const { bidP99Us, clockUncertaintyMs } = figures;
    found.push((bidP99Us ?? 0) > LIMITS.bidUs && 'slowBids', clockUncertaintyMs === null && 'noClock', (clockUncertaintyMs ?? 0) > LIMITS.clockMs && 'clock');
  } else {
    found.push(figures.errors > 0 && 'errors', (figures.requestP99Us ?? 0) > LIMITS.requestUs && 'slowRequests');
  }
  return found.filter((one) => one !== false);
}

/** Of a count within the interval: how many a second. */
export function perSecond(count: number, { intervalMs }: { intervalMs: number }): number {
  return intervalMs > 0 ? (count * 1000) / intervalMs : 0;
}

/** By program, then by where it listens; so a process keeps its place on the screen. */
export function inOrder(items: readonly Node[]): Node[] {
  return [...items].sort(
    (a, b) => Number(isRealtime(b.figures)) - Number(isRealtime(a.figures)) || a.figures.host.localeCompare(b.figures.host) || a.figures.port - b.figures.port || a.id.localeCompare(b.id),
  );
}

export interface Track {
  /** Seconds since 1970. */
  times: number[];
  connections: number[];
  /** Bids, or requests, a second. */
  rate: number[];
  /** 99 of 100 were answered within so many ms; null: there was nothing to answer. */
  p99: (number | null)[];
  queue: number[];
}

/** The tracks with one more point for each process that has said something new; of those that are gone, none. */
export function record(tracks: ReadonlyMap<string, Track>, { items, serverMs }: Nodes): Map<string, Track> {
  return new Map(
    items.map(({ id, ageMs, figures }) => {
      const track = tracks.get(id) ?? { times: [], connections: [], rate: [], p99: [], queue: [] };
      const at = (serverMs - ageMs) / 1000;
      // The same word heard again comes out a few milliseconds off.
      if (at - (track.times.at(-1) ?? -Infinity) < 0.5) return [id, track];
      const [count, us] = isRealtime(figures) ? [figures.bids, figures.bidP99Us] : [figures.requests, figures.requestP99Us];
      const add = <T>(list: T[], value: T) => [...list.slice(1 - POINTS_KEPT), value];
      return [
        id,
        {
          times: add(track.times, at),
          connections: add(track.connections, figures.connections),
          rate: add(track.rate, perSecond(count, figures)),
          p99: add(track.p99, us === null ? null : us / 1000),
          queue: add(track.queue, figures.queue),
        },
      ];
    }),
  );
}
