// A device whose clock is wrong, and one that has slept: what is on its screen is asked for anew, and nothing else goes by its clock.
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useLive } from '@/stores/live';
import { useSession } from '@/stores/session';

const line = vi.hoisted(() => ({ isUp: true, open: vi.fn(), probe: vi.fn(), syncAgain: vi.fn() }));
vi.mock('@/live/connection', () => ({
  Connection: class {
    open = line.open;
    probe = line.probe;
    syncAgain = line.syncAgain;
    get isUp() {
      return line.isUp;
    }
  },
}));
const rest = vi.hoisted(() => ({ post: vi.fn() }));
vi.mock('@/api/client', async (original) => ({ ...(await original<object>()), api: { POST: rest.post }, take: async (answer: unknown) => await answer }));

const MINUTE = 60_000;
const token = (minutes: number) => `x.${btoa(JSON.stringify({ iat: 1_000_000, exp: 1_000_000 + minutes * 60 }))}.y`;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000_000_000 });
  setActivePinia(createPinia());
  line.probe.mockReset();
  line.syncAgain.mockReset();
  rest.post.mockReset().mockImplementation(async () => ({ user: { id: 1 }, accessToken: token(15), expiresAt: new Date(1_000_000_000_000 + 15 * MINUTE).toISOString() }));
});
afterEach(() => void vi.useRealTimers());

describe('a device that has slept', () => {
  it('asks anew for all that it follows, and compares its clock; one that is awake does not', async () => {
    const live = useLive();
    const joined = vi.fn();
    live.onUp(joined);
    live.start();
    await vi.advanceTimersByTimeAsync(60 * MINUTE);
    expect([joined.mock.calls.length, line.probe.mock.calls.length]).toEqual([1, 0]);
    const steady = performance.now();
    vi.setSystemTime(Date.now() + 3_600_000); // the wall clock ran on; the steady counter stood still
    vi.spyOn(performance, 'now').mockImplementation(() => steady);
    document.dispatchEvent(new Event('visibilitychange'));
    expect([joined.mock.calls.length, line.probe.mock.calls.length, line.syncAgain.mock.calls.length]).toEqual([2, 1, 1]);
  });
});

describe('a device whose clock is hours off', () => {
  it.each([-5, 5])('renews its token when that has lived for its time (%i h)', async (hours) => {
    vi.setSystemTime(Date.now() + hours * 60 * MINUTE);
    await useSession().login('a@example.com', 'secret');
    await vi.advanceTimersByTimeAsync(13.9 * MINUTE);
    expect(rest.post).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(0.2 * MINUTE);
    expect(rest.post).toHaveBeenCalledTimes(2);
  });
});
