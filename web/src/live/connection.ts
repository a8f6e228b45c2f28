// The one connection to a realtime node. It knows nothing of lots: it says when it is up, carries requests and answers, keeps the
// clock, renews the token without losing the socket, and joins again whatever was joined, each room from where its owner stands,
// so that a break leaves no hole.
import { io, type Socket } from 'socket.io-client';
import type { ClientEvents, ServerEvents, components } from '@/api/generated/live';
import type { ServerClock } from './clock';

export type Refusal = components['schemas']['Refusal']['error'];
export type State = components['schemas']['State'];

/** off: nobody wants it · connecting: never been up, or down · up · draining: the node goes away, we move over soon */
export type ConnectionPhase = 'off' | 'connecting' | 'up' | 'draining';

/** Why a request has no good answer: the server's refusal, or nobody knows (LOST: it may have arrived). */
export class RequestError extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
  get code(): string {
    return this.refusal.code;
  }
}

const LOST = { code: 'UNCERTAIN', message: '' } as const satisfies Refusal;
const ANSWER_MS = 8_000;
const PROBE_MS = 2_500;
const SYNC_MS = 4_000;
const SYNC_FIRST = 5;
const SYNC_EVERY_MS = 20_000;

export interface ConnectionOptions {
  clock: ServerClock;
  token: () => string | null;
  /** A new token after the old one was refused or is about to expire; null: go on as a visitor. */
  renew: () => Promise<string | null>;
  phase: (phase: ConnectionPhase) => void;
  degraded: (reason: string | null) => void;
  /** Up (again): whoever has rooms joins them now. */
  up: () => void;
  create?: (options: { auth: (give: (data: object) => void) => void }) => Socket;
}

type Handler<E extends keyof ServerEvents> = (data: ServerEvents[E]) => void;

const createSocket: NonNullable<ConnectionOptions['create']> = ({ auth }) =>
  io({ transports: ['websocket'], autoConnect: false, auth, reconnectionDelay: 400, reconnectionDelayMax: 8_000, randomizationFactor: 0.6, timeout: 8_000 });

export class Connection {
  private readonly socket: Socket;
  private syncTimer: ReturnType<typeof setTimeout> | undefined;
  private moveTimer: ReturnType<typeof setTimeout> | undefined;
  private wanted = false;
  private probing = false;

  constructor(private readonly options: ConnectionOptions) {
    this.socket = (options.create ?? createSocket)({ auth: (give) => give(this.credentials()) });
    this.socket.on('connect', () => this.onConnect());
    this.socket.on('disconnect', (reason) => this.onDisconnect(reason));
    this.socket.on('connect_error', (error) => this.onConnectError(error as Error & { data?: { code?: string } }));
    this.on('auth:expiring', () => void this.refreshToken());
    this.on('server:draining', ({ reconnectInMs }) => this.moveOver(reconnectInMs));
    this.on('server:degraded', ({ reason }) => options.degraded(reason || null));
  }

  open(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.options.phase('connecting');
    this.socket.connect();
  }

  close(): void {
    this.wanted = false;
    clearTimeout(this.syncTimer);
    clearTimeout(this.moveTimer);
    this.socket.disconnect();
    this.options.phase('off');
  }

  /** The network is back: no reason to wait for the next attempt. */
  hurry(): void {
    if (!this.wanted || this.socket.connected) return;
    this.socket.disconnect(); // ends the wait of the library
    this.socket.connect();
  }

  /** Something speaks for a dead line, which a socket may notice only after a long while: asks, and without an answer begins anew,
   * unless the socket has noticed meanwhile. */
  async probe(): Promise<void> {
    if (!this.socket.connected || this.probing) return;
    const { id } = this.socket;
    this.probing = true;
    const answered = await this.askTime(PROBE_MS).catch((error: unknown) => error instanceof RequestError && error.code !== 'UNCERTAIN');
    this.probing = false;
    if (answered || !this.wanted || this.socket.id !== id) return;
    this.socket.disconnect();
    this.socket.connect();
  }

  /** The machine has slept: its clock is to be compared anew. */
  syncAgain(): void {
    if (this.socket.connected) void this.syncTime(SYNC_FIRST);
  }

  /** Somebody logged in or out: the server is to know us anew. */
  reopen(): void {
    if (!this.wanted) return;
    this.close();
    this.open();
  }

  on<E extends keyof ServerEvents>(event: E, handler: Handler<E>): void {
    this.socket.on(event as string, handler as (data: unknown) => void);
  }

  get isUp(): boolean {
    return this.socket.connected;
  }

  /** Sends and waits for the answer. Rejects with a RequestError: the server's refusal, or UNCERTAIN when no answer came. */
  request<E extends keyof ClientEvents>(event: E, data: ClientEvents[E]['data'], timeoutMs = ANSWER_MS): Promise<ClientEvents[E]['ack']> {
    return new Promise((resolve, reject) => {
      if (!this.socket.connected) return reject(new RequestError({ code: 'UNAVAILABLE', message: '' }));
      this.socket.timeout(timeoutMs).emit(event, data, (lost: Error | null, answer: { ok?: boolean; error?: Refusal }) => {
        if (lost) reject(new RequestError(LOST));
        else if (answer.ok === false && answer.error) reject(new RequestError(answer.error));
        else resolve(answer as ClientEvents[E]['ack']);
      });
    });
  }

  private credentials(): object {
    const token = this.options.token();
    return token === null ? {} : { token };
  }

  private onConnect(): void {
    clearTimeout(this.moveTimer);
    this.options.phase('up');
    this.options.degraded(null);
    void this.syncTime(SYNC_FIRST);
    this.options.up();
  }

  private onDisconnect(reason: string): void {
    clearTimeout(this.syncTimer);
    if (!this.wanted) return;
    this.options.phase('connecting');
    // The library comes back by itself but when the server ended it: most likely the token's time was up.
    if (reason === 'io server disconnect') void this.comeBackAfterRefusal();
  }

  private onConnectError(error: Error & { data?: { code?: string } }): void {
    if (!this.wanted) return;
    this.options.phase('connecting');
    if (!this.socket.active) void this.comeBackAfterRefusal(error.data?.code);
  }

  private async comeBackAfterRefusal(code?: string): Promise<void> {
    if (code === undefined || code === 'UNAUTHENTICATED') await this.options.renew();
    setTimeout(() => this.wanted && this.socket.connect(), 500 + Math.random() * 1500);
  }

  private async refreshToken(): Promise<void> {
    const token = await this.options.renew();
    if (token !== null) await this.request('auth:refresh', { token }).catch(() => undefined);
  }

  private moveOver(inMs: number): void {
    this.options.phase('draining');
    clearTimeout(this.moveTimer);
    this.moveTimer = setTimeout(() => {
      this.socket.disconnect();
      if (this.wanted) this.socket.connect();
    }, inMs);
  }

  private async askTime(withinMs: number): Promise<true> {
    const sentAt = performance.now();
    const { serverMs } = await this.request('time:sync', { clientMs: Date.now() }, withinMs);
    this.options.clock.learn(sentAt, performance.now(), serverMs);
    return true;
  }

  /** A few exchanges at once for a good start, then one now and then. */
  private async syncTime(burst: number): Promise<void> {
    clearTimeout(this.syncTimer);
    await this.askTime(SYNC_MS).catch(() => false); // the next one may have more luck
    clearTimeout(this.syncTimer);
    if (this.socket.connected) this.syncTimer = setTimeout(() => void this.syncTime(Math.max(0, burst - 1)), burst > 1 ? 150 : SYNC_EVERY_MS);
  }
}
