// The list of sales, and the page that waits a moment for it.
import { flushPromises } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { router } from '@/router';
import { useSales } from '@/stores/sales';

let asked: string[];
let answer: (url: URL) => Promise<Response>;

const page = (ids: number[], next: string | null) => new Response(JSON.stringify({ items: ids.map((id) => ({ id })), next }), { headers: { 'Content-Type': 'application/json' } });

beforeEach(() => {
  setActivePinia(createPinia());
  localStorage.clear();
  asked = [];
  answer = async ({ searchParams }) => (searchParams.get('after') ? page([1], null) : page([3, 2], 'more'));
  vi.stubGlobal('scrollTo', () => {});
  vi.stubGlobal('fetch', (request: Request) => {
    const url = new URL(request.url);
    asked.push(url.pathname + url.search);
    return answer(url);
  });
});

describe('the sales', () => {
  it('come page by page, and from the newest on when they are asked for anew', async () => {
    const all = useSales();
    await all.begin();
    expect(all.sales.map(({ id }) => id)).toEqual([3, 2]);
    await all.load.run();
    expect(all.sales.map(({ id }) => id)).toEqual([3, 2, 1]);
    expect(all.next).toBe(null);
    await all.begin();
    expect(all.sales.map(({ id }) => id)).toEqual([3, 2]);
    expect(asked).toEqual(['/api/sales', '/api/sales?after=more', '/api/sales']);
  });

  it('begin with the newest also when a further page was on its way', async () => {
    const all = useSales();
    await all.begin();
    const more = all.load.run();
    await all.begin();
    await more;
    expect(all.sales.map(({ id }) => id)).toEqual([3, 2]);
    expect(all.next).toBe('more');
  });

  it('are there when their page opens, which waits for them a moment and no longer', async () => {
    await router.push('/');
    expect(useSales().sales.map(({ id }) => id)).toEqual([3, 2]);

    await router.push('/nowhere');
    vi.useFakeTimers();
    answer = () => new Promise(() => {});
    let open = false;
    void router.push('/').then(() => (open = true));
    await vi.advanceTimersByTimeAsync(199);
    expect(open).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    vi.useRealTimers();
    await vi.waitFor(() => expect(open).toBe(true));
    await flushPromises();
    expect(useSales().load.busy).toBe(true);
  });
});
