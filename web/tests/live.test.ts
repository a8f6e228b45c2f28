// The parts that money hangs on, with the clock in hand.
import { describe, expect, it } from 'vitest';
import { ServerClock } from '@/live/clock';
import { Countdown, formatRemaining } from '@/live/countdown';
import { GUARD_MS, PressGuard } from '@/live/press';
import { parseMan, sayYen, snapUp, withTax } from '@/live/money';

describe('the server clock', () => {
  it('believes what all exchanges agree on', () => {
    let now = 0;
    const clock = new ServerClock(() => now, () => 5);
    expect([clock.known, clock.now()]).toEqual([false, 5]);
    clock.learn(0, 10, 100_005); // the offset is between 99 995 and 100 006
    now = 1000;
    clock.learn(500, 1000, 101_000); // and between 100 000 and 100 501
    expect(clock.known).toBe(true);
    expect(clock.now()).toBeCloseTo(101_003, 0);
    expect(clock.uncertainty()).toBeLessThan(3.5);
  });
  it('lets an old exchange go when the clocks have drifted away from it', () => {
    let now = 10;
    const clock = new ServerClock(() => now, () => 0);
    clock.learn(0, 10, 1005);
    now = 1_000_000;
    clock.learn(now - 20, now, 1_000_990 + 40);
    expect(Math.abs(clock.now() - 1_001_040)).toBeLessThan(11);
  });
  it('is right again at once after the machine has slept and its steady counter with it', () => {
    let now = 1_000;
    const clock = new ServerClock(() => now, () => 0);
    for (let i = 0; i < 5; i++) clock.learn(990, 1_000, 500_995);
    now = 1_040; // an hour later
    clock.learn(1_000, 1_040, 500_995 + 3_600_000);
    expect(Math.abs(clock.now() - (500_995 + 3_600_000))).toBeLessThan(22);
  });
  it('is not moved by the clock of the device', () => {
    let wall = 0;
    const clock = new ServerClock(() => 50, () => wall);
    clock.learn(40, 50, 9_000);
    wall = 1e12;
    expect(Math.abs(clock.now() - 9_005)).toBeLessThan(1);
  });
});

describe('the time that is left, on devices of all kinds', () => {
  const END = 400_000;
  /** Numbers that look random and are the same each time. */
  function dice(seed: number): () => number {
    return () => ((seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0), seed / 2 ** 32);
  }
  /** Ten minutes of looking at a clock that is extended once, over a line with these delays (ms, each way) by a counter of this skew and drift. */
  function watch({ skew, drift, up, down, jitter, seed }: { skew: number; drift: number; up: number; down: number; jitter: number; seed: number }): { worst: number; backwards: number } {
    const random = dice(seed);
    const steadyAt = (trueMs: number) => trueMs * (1 + drift) + skew;
    let at = 0;
    const clock = new ServerClock(() => steadyAt(at), () => 1e15);
    const countdown = new Countdown();
    const exchange = () => {
      const sent = at;
      const there = sent + up + -Math.log(1 - random()) * jitter;
      const back = there + down + -Math.log(1 - random()) * jitter;
      clock.learn(steadyAt(sent), steadyAt(back), Math.floor(there));
      return back;
    };
    for (let i = 0; i < 5; i++) at = exchange() + 150;
    let [worst, backwards, before, ends] = [0, 0, Infinity, END];
    for (let next = at; at < 600_000; at += 25) {
      if (at >= next) {
        exchange();
        next = at + 20_000;
      }
      if (ends === END && at >= 350_000) [ends, before] = [END + 200_000, Infinity];
      const shown = countdown.show(ends, clock.now()) as number;
      worst = Math.max(worst, Math.abs(shown - Math.max(0, ends - at)));
      if (shown > before) backwards++;
      before = shown;
    }
    return { worst, backwards };
  }
  it.each([
    ['hours wrong', { skew: 5e7, drift: 0, up: 8, down: 8, jitter: 4 }],
    ['fast by a tenth of a second in a quarter of an hour', { skew: -3e6, drift: 1e-4, up: 12, down: 12, jitter: 6 }],
    ['slow by as much', { skew: 0, drift: -1e-4, up: 12, down: 12, jitter: 6 }],
    ['on a telephone network', { skew: 1e9, drift: 2e-5, up: 60, down: 40, jitter: 40 }],
    ['on one that sends slowly', { skew: 1e9, drift: -5e-5, up: 95, down: 15, jitter: 30 }],
  ])('is right to 50 ms and goes back never: %s', (_, device) => {
    for (let seed = 1; seed <= 8; seed++) {
      const { worst, backwards } = watch({ ...device, seed });
      expect(worst).toBeLessThanOrEqual(50);
      expect(backwards).toBe(0);
    }
  });
});

describe('the countdown', () => {
  it('goes up only when the end was moved', () => {
    const countdown = new Countdown();
    expect(countdown.show(10_000, 4_000)).toBe(6_000);
    expect(countdown.show(10_000, 3_900)).toBe(6_000); // our clock was corrected: hold
    expect(countdown.show(10_000, 4_500)).toBe(5_500);
    expect(countdown.show(15_000, 4_600)).toBe(10_400); // extended
    expect(countdown.show(12_000, 4_700)).toBe(7_300);
    expect(countdown.show(null, 4_700)).toBe(null);
    expect(countdown.show(12_000, 99_000)).toBe(0);
  });
  it.each([[299_001, '5:00'], [300_000, '5:00'], [60_000, '1:00'], [59_999, '1:00'], [59_900, '0:59.9'], [950, '0:01.0'], [1, '0:00.1'], [0, '0:00.0'], [3_723_000, '1:02:03']])('writes %i ms as %s', (ms, text) => {
    expect(formatRemaining(ms)).toBe(text);
  });
});

describe('a press on the bid button', () => {
  it('sends the amount at which the finger went down', () => {
    const guard = new PressGuard();
    guard.offer(100, 0);
    guard.down(1000);
    guard.offer(110, 1050);
    expect(guard.held()).toBe(100);
    expect(guard.up(1100)).toEqual({ kind: 'send', amount: 100 });
  });
  it('is not sent within half a second of a change, and names both amounts', () => {
    const guard = new PressGuard();
    guard.offer(100, 0);
    guard.offer(110, 1000);
    guard.down(1000 + GUARD_MS - 1);
    expect(guard.up(1600)).toEqual({ kind: 'changed', from: 100, to: 110 });
    guard.down(1700);
    expect(guard.up(1750)).toEqual({ kind: 'send', amount: 110 });
  });
  it('is not sent either when the button was gone in between and came back with another amount', () => {
    const guard = new PressGuard();
    guard.offer(100, 0);
    guard.offer(null, 1000); // 判定中, or one led
    guard.offer(110, 5000);
    guard.down(5100);
    expect(guard.up(5150)).toEqual({ kind: 'changed', from: 100, to: 110 });
    guard.offer(null, 6000);
    guard.offer(110, 7000);
    guard.down(7050);
    expect(guard.up(7100)).toEqual({ kind: 'send', amount: 110 });
  });
  it('takes the first amount at once, and a click without a down', () => {
    const guard = new PressGuard();
    expect(guard.up(0)).toEqual({ kind: 'none' });
    guard.offer(100, 10);
    expect(guard.up(20)).toEqual({ kind: 'send', amount: 100 });
    guard.down(30);
    guard.cancel();
    expect(guard.held()).toBe(null);
  });
});

describe('money', () => {
  it.each([[120_000_000, '1億2,000万円'], [3_505_000, '350万5,000円'], [9_999, '9,999円'], [1_000_000_000_000, '1兆円']])('says %i as %s', (yen, text) => {
    expect(sayYen(yen, 'ja')).toBe(text);
  });
  it('says it in English', () => {
    expect(sayYen(120_000_000, 'en')).toBe('¥120 million');
    expect(sayYen(3_505_000, 'en')).toBe('¥3.505 million');
    expect(sayYen(9_999, 'en')).toBe('¥9,999');
  });
  it.each([['350', 3_500_000], ['３５０．５', 3_505_000], ['1,200', 12_000_000], ['1億2000', 120_000_000], ['1億', 100_000_000], ['120万円', 1_200_000], ['', null], ['-5', null], ['1.23456', null], ['1e5', null], ['999999999', null]])('reads %s as %s yen', (text, yen) => {
    expect(parseMan(text)).toBe(yen);
  });
  it('drops fractions of the tax', () => {
    expect(withTax(1_000_005, 1000)).toBe(1_100_005);
    expect(withTax(1_000_000_000_000, 1000)).toBe(1_100_000_000_000);
  });
  it('climbs the ladder by whole steps', () => {
    const ladder = [{ below: 1_000_000, step: 10_000 }, { below: 5_000_000, step: 50_000 }, { below: 0, step: 100_000 }];
    expect(snapUp(ladder, 980_000, 1_030_000)).toBe(1_050_000);
    expect(snapUp(ladder, 985_000, 1_000_000)).toBe(1_005_000);
    expect(snapUp(ladder, 4_960_000, 5_200_000)).toBe(5_210_000);
    expect(snapUp(ladder, 500_000, 500_000)).toBe(500_000);
    expect(snapUp(ladder, 500_000, 512_000, 5_000)).toBe(515_000);
  });
});
