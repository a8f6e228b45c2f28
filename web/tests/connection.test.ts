// The one connection, over a socket that is in our hands: what it does when the line goes silent, the node goes away, the token runs out.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Socket } from 'socket.io-client';
import { ServerClock } from '@/live/clock';
import { Connection, RequestError, type ConnectionPhase } from '@/live/connection';

type Answer = (lost: Error | null, answer?: object) => void;
interface Sent {
  event: string;
  data: Record<string, unknown>;
  answer: Answer;
}

/** As socket.io's client has it: what waits for an answer is lost with the line, or when its time is up. */
class Line {
  connected = false;
  active = true;
  id: string | undefined;
  sent: Sent[] = [];
  connects = 0;
  private handlers = new Map<string, ((data: unknown) => void)[]>();
  on(event: string, handler: (data: unknown) => void) {
    this.handlers.set(event, [...(this.handlers.get(event) ?? []), handler]);
  }
  tell(event: string, data?: unknown) {
    this.handlers.get(event)?.forEach((handler) => handler(data));
  }
  timeout(ms: number) {
    return {
      emit: (event: string, data: Record<string, unknown>, answer: Answer) => {
        const timer = setTimeout(() => settle(new Error('timeout')), ms);
        const sent = { event, data, answer: (lost: Error | null, said?: object) => settle(lost, said) };
        const settle: Answer = (lost, said) => {
          clearTimeout(timer);
          if (this.sent.includes(sent)) answer(lost, said);
          this.sent = this.sent.filter((other) => other !== sent);
        };
        this.sent.push(sent);
      },
    };
  }
  connect() {
    this.connects++;
  }
  up() {
    this.connected = true;
    this.id = `line ${this.connects}`;
    this.tell('connect');
  }
  down(reason: string) {
    this.connected = false;
    this.id = undefined;
    [...this.sent].forEach(({ answer }) => answer(new Error('disconnected')));
    this.tell('disconnect', reason);
  }
  disconnect() {
    if (this.connected) this.down('io client disconnect');
  }
  asked(event: string): Sent[] {
    return this.sent.filter((one) => one.event === event);
  }
}

let line: Line;
let phases: ConnectionPhase[];
let connection: Connection;
let credentials: object;
let token: string | null;
const renew = vi.fn<() => Promise<string | null>>();
const joined = vi.fn();
const degraded = vi.fn();

function connect(): void {
  connection.open();
  line.up();
}
/** The exchanges with which each connection begins. */
async function settleClock(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    line.asked('time:sync').forEach(({ answer }) => answer(null, { ok: true, serverMs: 1_000_000 }));
    await vi.advanceTimersByTimeAsync(200);
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  line = new Line();
  phases = [];
  token = 'first';
  renew.mockReset().mockImplementation(async () => (token = 'second'));
  joined.mockReset();
  degraded.mockReset();
  connection = new Connection({
    clock: new ServerClock(),
    token: () => token,
    renew,
    phase: (phase) => phases.push(phase),
    degraded,
    up: joined,
    create: ({ auth }) => {
      auth((data) => (credentials = data));
      return line as unknown as Socket;
    },
  });
});
afterEach(() => {
  connection.close();
  vi.useRealTimers();
});

describe('a line that is silent', () => {
  it('is left for a new one when it does not answer', async () => {
    connect();
    await settleClock();
    const probed = connection.probe();
    expect(line.asked('time:sync')).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_400);
    expect(line.connects).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    await probed;
    expect(line.connects).toBe(2);
    expect(phases.at(-1)).toBe('connecting');
    line.up();
    expect(phases.at(-1)).toBe('up');
    expect(joined).toHaveBeenCalledTimes(2);
  });
  it('is kept when it answers, were it with a refusal, and teaches the time', async () => {
    connect();
    await settleClock();
    for (const said of [{ ok: true, serverMs: 1_000_500 }, { ok: false, error: { code: 'RATE_LIMITED', message: '' } }]) {
      const probed = connection.probe();
      line.asked('time:sync')[0]?.answer(null, said);
      await probed;
    }
    expect(line.connects).toBe(1);
    expect(connection.isUp).toBe(true);
  });
  it('is asked once, however many suspect it', async () => {
    connect();
    await settleClock();
    void connection.probe();
    void connection.probe();
    expect(line.asked('time:sync')).toHaveLength(1);
  });
  it('is not taken down when another has come in its place meanwhile', async () => {
    connect();
    await settleClock();
    const probed = connection.probe();
    line.down('transport close');
    line.connects++; // the library's own attempt
    line.up();
    await probed;
    expect(line.connected).toBe(true);
    expect(line.connects).toBe(2);
  });
  it('is not asked about when nobody wants it any more', async () => {
    connect();
    const probed = connection.probe();
    connection.close();
    await probed;
    expect(line.connects).toBe(1);
    expect(phases.at(-1)).toBe('off');
  });
});

describe('a request', () => {
  it('is unavailable without a line, uncertain without an answer, and else what the server says', async () => {
    const code = (request: Promise<unknown>) => request.then(() => 'ok', (error: unknown) => (error as RequestError).code);
    expect(await code(connection.request('auction:leave', { auctionId: 1 }))).toBe('UNAVAILABLE');
    connect();
    const [lost, timely, refused, done] = [1, 2, 3, 4].map((auctionId) => code(connection.request('auction:leave', { auctionId }, auctionId === 2 ? 50 : 5_000)));
    const [, , third, fourth] = line.asked('auction:leave');
    third?.answer(null, { ok: false, error: { code: 'FORBIDDEN', message: '' } });
    fourth?.answer(null, { ok: true });
    await vi.advanceTimersByTimeAsync(60);
    line.down('transport close');
    expect(await Promise.all([lost, timely, refused, done])).toEqual(['UNCERTAIN', 'UNCERTAIN', 'FORBIDDEN', 'ok']);
  });
});

describe('the token', () => {
  it('is sent with the connection, and none by a visitor', () => {
    expect(credentials).toEqual({ token: 'first' });
  });
  it('is renewed over the line that stands', async () => {
    connect();
    line.tell('auth:expiring', { expiresAtMs: 1 });
    await vi.advanceTimersByTimeAsync(0);
    expect(line.asked('auth:refresh')[0]?.data).toEqual({ token: 'second' });
    expect([line.connected, line.connects]).toEqual([true, 1]);
  });
  it('is renewed before we come back when the server has shown us out', async () => {
    connect();
    line.down('io server disconnect');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(renew).toHaveBeenCalledTimes(1);
    expect(line.connects).toBe(2);
  });
  it('is not renewed for a refusal that has nothing to do with it', async () => {
    connection.open();
    line.active = false;
    line.tell('connect_error', Object.assign(new Error(), { data: { code: 'UNAVAILABLE' } }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect([renew.mock.calls.length, line.connects]).toEqual([0, 2]);
  });
});

describe('a node that goes away', () => {
  it('is left when it said so, and everybody joins again', async () => {
    connect();
    line.tell('server:draining', { reconnectInMs: 700 });
    expect(phases.at(-1)).toBe('draining');
    await vi.advanceTimersByTimeAsync(699);
    expect(line.connects).toBe(1);
    await vi.advanceTimersByTimeAsync(2);
    expect(line.connects).toBe(2);
    line.up();
    expect([phases.at(-1), joined.mock.calls.length]).toEqual(['up', 2]);
  });
  it('lets those whom it has shown out come back each at another moment', async () => {
    vi.spyOn(Math, 'random').mockReturnValueOnce(0).mockReturnValueOnce(0.999);
    const after: number[] = [];
    for (let i = 0; i < 2; i++) {
      connect();
      const before = line.connects;
      line.down('io server disconnect');
      const from = Date.now();
      while (line.connects === before) await vi.advanceTimersByTimeAsync(10);
      after.push(Date.now() - from);
    }
    expect(after[0]).toBeLessThan(600);
    expect(after[1]).toBeGreaterThan(1_900);
  });
});

describe('word of trouble', () => {
  it('stands until it is taken back or the connection is another', () => {
    connect();
    line.tell('server:degraded', { reason: 'redis' });
    expect(degraded).toHaveBeenLastCalledWith('redis');
    line.tell('server:degraded', { reason: '' });
    expect(degraded).toHaveBeenLastCalledWith(null);
    line.tell('server:degraded', { reason: 'redis' });
    line.down('transport close');
    line.up();
    expect(degraded).toHaveBeenLastCalledWith(null);
  });
  it('is no reason to wait when the network is back', () => {
    connect();
    connection.hurry();
    expect(line.connects).toBe(1);
    line.down('transport close');
    connection.hurry();
    expect(line.connects).toBe(2);
  });
});
