// One thing done to many, a few at a time. One that fails does not keep the others; too many in a minute are waited out. Pure but for
// the wait, which is an input.
import { ApiError } from '@/api/client';

export interface Failure<T> {
  item: T;
  error: unknown;
}

interface Options {
  atOnce?: number;
  /** Asked before each: true ends it, what has begun is finished. */
  stopped?: () => boolean;
  progress?: (done: number) => void;
  wait?: (ms: number) => Promise<void>;
}

const sleep = (ms: number) => new Promise<void>((wake) => setTimeout(wake, ms));
const TRIES = 5;
/** When the refusal does not say for how long, and when there was no answer. */
const PAUSE_MS = 2_000;

/** An answer that never came, or came too early: asked again, under the same id where there is one. */
const isPassing = (error: unknown): error is ApiError => error instanceof ApiError && ['RATE_LIMITED', 'OFFLINE', 'UNCERTAIN', 'UNAVAILABLE'].includes(error.code);

async function insist(work: () => Promise<unknown>, wait: (ms: number) => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isPassing(error) || (tries >= TRIES && error.code !== 'RATE_LIMITED')) throw error;
      await wait(error.problem?.retryAfterMs ?? PAUSE_MS);
    }
  }
}

export async function doEach<T>(items: readonly T[], work: (item: T) => Promise<unknown>, { atOnce = 4, stopped = () => false, progress, wait = sleep }: Options = {}): Promise<Failure<T>[]> {
  const failures: Failure<T>[] = [];
  let next = 0;
  let done = 0;
  const one = async () => {
    while (next < items.length && !stopped()) {
      const item = items[next++] as T;
      await insist(() => work(item), wait).catch((error: unknown) => failures.push({ item, error }));
      progress?.(++done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, one));
  return failures;
}
