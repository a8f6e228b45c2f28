// The server's clock as this browser knows it. The browser's own clock decides nothing: only its steady counter
// (performance.now) is used, so somebody who sets the clock of the phone sees no countdown jump. Each exchange of time:sync
// says between what the offset must lie, whatever way its two halves took; what all recent ones agree on is narrower than any of them.

/** Between these lies the server's clock less the steady counter, as of steady time `atMs`. */
interface Bounds {
  atMs: number;
  low: number;
  high: number;
}

/** Two clocks drift apart by less than this, in ms a second. */
const DRIFT = 0.2;
/** The server tells whole milliseconds. */
const GRAIN_MS = 1;

export class ServerClock {
  private bounds: Bounds | null = null;

  /** `steady` and `wall` are performance.now and Date.now but in tests. */
  constructor(
    private readonly steady: () => number = () => performance.now(),
    private readonly wall: () => number = () => Date.now(),
  ) {}

  /** Takes in one exchange: steady times of sending and of the answer, and what the server's clock said in between. */
  learn(sentAt: number, answeredAt: number, serverMs: number): void {
    if (answeredAt < sentAt) return;
    const fresh = { atMs: answeredAt, low: serverMs - answeredAt, high: serverMs + GRAIN_MS - sentAt };
    const known = this.asOf(answeredAt);
    const low = Math.max(fresh.low, known?.low ?? -Infinity);
    const high = Math.min(fresh.high, known?.high ?? Infinity);
    // They cannot both be right: the steady counter stood still while the machine slept, or the server's clock was set.
    this.bounds = low <= high ? { atMs: answeredAt, low, high } : fresh;
  }

  /** Whether anything is known yet. */
  get known(): boolean {
    return this.bounds !== null;
  }

  /** The server's time now; before the first exchange, the best guess there is. */
  now(): number {
    return this.bounds === null ? this.wall() : this.steady() + (this.bounds.low + this.bounds.high) / 2;
  }

  /** How wrong now() may be, in ms; null while nothing is known. */
  uncertainty(): number | null {
    const bounds = this.asOf(this.steady());
    return bounds && (bounds.high - bounds.low) / 2;
  }

  private asOf(now: number): Bounds | null {
    if (this.bounds === null) return null;
    const drift = (Math.abs(now - this.bounds.atMs) / 1000) * DRIFT;
    return { atMs: now, low: this.bounds.low - drift, high: this.bounds.high + drift };
  }
}
