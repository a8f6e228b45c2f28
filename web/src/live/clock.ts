// The server's clock as this browser knows it. The browser's own clock decides nothing: only its steady counter
// (performance.now) is used, so somebody who sets the clock of the phone sees no countdown jump. Each exchange of time:sync
// bounds the offset by half its round trip; of the recent ones the tightest is believed.

/** What one exchange told: the offset to add to the steady counter, and by how much it may be wrong. */
export interface ClockSample {
  atMs: number;
  offsetMs: number;
  uncertaintyMs: number;
}

const KEPT = 16;
/** Steady counters drift apart by less than this, in ms a second. */
const DRIFT = 0.05;

export class ServerClock {
  private samples: ClockSample[] = [];
  private offsetMs: number | null = null;

  /** `steady` and `wall` are performance.now and Date.now but in tests. */
  constructor(
    private readonly steady: () => number = () => performance.now(),
    private readonly wall: () => number = () => Date.now(),
  ) {}

  /** Takes in one exchange: steady times of sending and of the answer, and what the server's clock said in between. */
  learn(sentAt: number, answeredAt: number, serverMs: number): void {
    if (answeredAt < sentAt) return;
    const uncertaintyMs = (answeredAt - sentAt) / 2;
    this.samples.push({ atMs: answeredAt, offsetMs: serverMs - (sentAt + uncertaintyMs), uncertaintyMs });
    if (this.samples.length > KEPT) this.samples.shift();
    this.offsetMs = this.best(answeredAt)?.offsetMs ?? null;
  }

  /** The server's time now; before the first exchange, the best guess there is. */
  now(): number {
    return this.offsetMs === null ? this.wall() : this.steady() + this.offsetMs;
  }

  /** How wrong now() may be, in ms; null while nothing is known. */
  uncertainty(): number | null {
    const now = this.steady();
    const best = this.best(now);
    return best ? this.age(best, now) : null;
  }

  /** The measured offset of the device's wall clock to the server's, for display; null while nothing is known. */
  skew(): number | null {
    return this.offsetMs === null ? null : this.wall() - this.now();
  }

  private age(sample: ClockSample, now: number): number {
    return sample.uncertaintyMs + ((now - sample.atMs) / 1000) * DRIFT;
  }

  private best(now: number): ClockSample | undefined {
    return this.samples.reduce<ClockSample | undefined>((least, sample) => (least && this.age(least, now) <= this.age(sample, now) ? least : sample), undefined);
  }
}
