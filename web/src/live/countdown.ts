// What is left on a lot's clock, as it is shown: it runs down steadily and goes up only when the end was moved. A better
// knowledge of the server's clock may make it stand still for a moment, never jump back.

export class Countdown {
  private endsAtMs: number | null = null;
  private shownMs = 0;

  /** Remaining time at server time `nowMs`, in ms, never below 0. `endsAtMs` null: there is no clock. */
  show(endsAtMs: number | null, nowMs: number): number | null {
    if (endsAtMs === null) {
      this.endsAtMs = null;
      return null;
    }
    const left = Math.max(0, endsAtMs - nowMs);
    this.shownMs = this.endsAtMs === endsAtMs ? Math.min(this.shownMs, left) : left;
    this.endsAtMs = endsAtMs;
    return this.shownMs;
  }
}

/** As exact as it is ever shown: rounded up to tenths of a second. */
export function inTenths(ms: number | null): number | null {
  return ms === null ? null : Math.ceil(ms / 100) * 100;
}

/** "4:59"; in the last minute with tenths, "0:59.9"; hours when there are any, "1:02:03". Rounded up to what is still there. */
export function formatRemaining(ms: number): string {
  if (ms < 60_000) {
    const tenths = Math.ceil(ms / 100);
    return tenths >= 600 ? '1:00' : `0:${String(Math.floor(tenths / 10)).padStart(2, '0')}.${tenths % 10}`;
  }
  const seconds = Math.ceil(ms / 1000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
