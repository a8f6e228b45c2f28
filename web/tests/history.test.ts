// What a new bid costs in a long history: one row, however many there are.
import { mount } from '@vue/test-utils';
import { isReactive, nextTick, reactive } from 'vue';
import { describe, expect, it, vi } from 'vitest';
import BidHistory from '@/components/bidding/BidHistory.vue';
import { japanClock } from '@/live/japanTime';
import { addBids, lotOf, retract, type HistoryBid, type State } from '@/live/lot';

/** How many rows were drawn: each says its amount once. */
const drawn = vi.hoisted(() => ({ rows: 0 }));
vi.mock('@/live/money', async (original) => {
  const money = await original<typeof import('@/live/money')>();
  return { ...money, formatYen: (yen: number) => (drawn.rows++, money.formatYen(yen)) };
});

const bid = (seq: number): HistoryBid => ({ seq, amount: seq * 10_000, paddle: 1 + (seq % 9), auto: false, atMs: Date.UTC(2026, 0, 1) + seq });
const lot = reactive(lotOf({ seq: 0, you: null } as State, 0));
addBids(lot, Array.from({ length: 1_000 }, (_, i) => bid(i + 1)));
const history = mount(BidHistory, { props: { lot }, global: { mocks: { $t: (key: string) => key } } });
const amounts = () => history.findAll('.amount').map((cell) => cell.text());

describe('a history of a thousand bids', () => {
  it('draws the rows in view and a few around them, newest first', () => {
    expect(amounts()[0]).toBe('¥10,000,000');
    expect(amounts().length).toBeLessThan(30);
    expect(history.find('time').text()).toBe('09:00:01');
  });

  it('draws one row for one bid more', async () => {
    drawn.rows = 0;
    addBids(lot, [bid(1_001)]);
    await nextTick();
    expect(amounts()[0]).toBe('¥10,010,000');
    expect(drawn.rows).toBe(1);
  });

  it('draws again the row of a bid that was taken back, and no other', async () => {
    drawn.rows = 0;
    retract(lot, 1_001);
    await nextTick();
    expect(history.find('.bid').classes()).toContain('retracted');
    expect(drawn.rows).toBe(1);
  });

  it('has the oldest when one scrolls down to them', async () => {
    const box = history.find('[role="list"]');
    box.element.scrollTop = 1_001 * 32 - 240;
    await box.trigger('scroll');
    expect(amounts().at(-1)).toBe('¥10,000');
  });

  it('is not watched bid by bid', () => {
    expect(isReactive(lot.bids)).toBe(false);
    expect(isReactive(lot.bids[0])).toBe(false);
  });
});

describe('the time of day in Japan', () => {
  it('has 24 hours, with seconds or without', () => {
    expect(japanClock(Date.UTC(2026, 0, 1, 6, 5, 4))).toBe('15:05:04');
    expect(japanClock(Date.UTC(2026, 0, 1, 15, 0), false)).toBe('00:00');
  });
});
