// What the operator is told of the processes: what is out of order, and how the figures went.
import { describe, expect, it } from 'vitest';
import { POINTS_KEPT, inOrder, perSecond, record, troubles, type Node, type Nodes, type Track } from '@/live/nodes';

const common = { name: 'x', host: 'h', version: '1', startedAtMs: 0, intervalMs: 2000, draining: false, postgresql: true, memoryBytes: 1, connections: 3, queue: 0 };
const realtime = (id: string, more = {}, node = {}): Node => ({
  id, ageMs: 0, silent: false, ...node,
  figures: { ...common, id, port: 9001, program: 'seri-realtime', rooms: 1, watchers: 2, leases: 1, messages: 0, bids: 10, bidP50Us: 900, bidP99Us: 4000, handedOver: 0, takenIn: 0, conflicts: 0, clockOffsetMs: 0, clockUncertaintyMs: 1, ...more },
});
const rest = (id: string, more = {}): Node => ({ id, ageMs: 0, silent: false, figures: { ...common, id, port: 8081, program: 'seri-rest', inFlight: 0, requests: 30, refused: 0, errors: 0, requestP50Us: 1000, requestP99Us: null, ...more } });
const told = (items: Node[], serverMs: number): Nodes => ({ serverMs, everyMs: 2000, silentAfterMs: 7000, complete: true, postgresql: { reachable: true }, redis: { reachable: true }, items });

describe('what is out of order with a process', () => {
  it.each<[Node, string[]]>([
    [realtime('a'), []],
    [realtime('a', { postgresql: false, draining: true, bidP99Us: 60_000 }), ['noDatabase', 'draining', 'slowBids']],
    [realtime('a', { clockUncertaintyMs: null, bidP99Us: null }), ['noClock']],
    [realtime('a', { clockUncertaintyMs: 80, queue: 5000 }), ['queue', 'clock']],
    [realtime('a', { postgresql: false }, { silent: true, ageMs: 9000 }), ['silent']],
    [rest('b'), []],
    [rest('b', { errors: 2, requestP99Us: 300_000 }), ['errors', 'slowRequests']],
  ])('is said, the gravest first', (node, expected) => expect(troubles(node)).toEqual(expected));
});

describe('the figures of the last minutes', () => {
  it('get a point for each new word, as rates, and none for a word heard twice', () => {
    let tracks: ReadonlyMap<string, Track> = record(new Map(), told([realtime('a'), rest('b')], 10_000));
    tracks = record(tracks, told([realtime('a', {}, { ageMs: 1_990 }), rest('b')], 12_000));
    expect(tracks.get('a')).toEqual({ times: [10], connections: [3], rate: [5], p99: [4], queue: [0] });
    expect(tracks.get('b')).toMatchObject({ times: [10, 12], rate: [15, 15], p99: [null, null] });
  });
  it('are kept for some minutes, and let go with their process', () => {
    let tracks: ReadonlyMap<string, Track> = new Map();
    for (let i = 0; i < POINTS_KEPT + 10; i++) tracks = record(tracks, told([realtime('a')], 2_000 * i));
    expect([tracks.get('a')?.times.length, tracks.get('a')?.times[0]]).toEqual([POINTS_KEPT, 20]);
    expect(record(tracks, told([], 1e9)).size).toBe(0);
  });
  it('are rates whatever the interval was', () => {
    expect([perSecond(10, { intervalMs: 2000 }), perSecond(10, { intervalMs: 4000 }), perSecond(3, { intervalMs: 0 })]).toEqual([5, 2.5, 0]);
  });
});

it('lists realtime nodes first, and each always at its place', () => {
  expect(inOrder([rest('r'), realtime('b', { port: 9002 }), realtime('a')]).map(({ id }) => id)).toEqual(['a', 'b', 'r']);
});
