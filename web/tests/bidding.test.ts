// What people press and hear: the button under a finger, a held key, the amount that was read back, and what a screen reader is told.
import { mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { nextTick } from 'vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import BidButton from '@/components/bidding/BidButton.vue';
import LotClock from '@/components/bidding/LotClock.vue';
import OwnAmount from '@/components/bidding/OwnAmount.vue';
import { GUARD_MS, PressGuard } from '@/live/press';
import type { State } from '@/live/lot';
import { useSpoken } from '@/stores/spoken';

vi.mock('vue-i18n', async () => {
  const { ref } = await vi.importActual<typeof import('vue')>('vue');
  return { useI18n: () => ({ t: (key: string, values: object = {}) => `${key} ${JSON.stringify(values)}`, locale: ref('ja') }) };
});

const global = {
  mocks: { $t: (key: string, values: object = {}) => `${key} ${JSON.stringify(values)}` },
  stubs: {
    VBtn: { props: ['disabled', 'loading', 'text'], template: '<button :disabled="disabled"><slot>{{ text }}</slot></button>' },
    VIcon: true,
    VForm: { template: '<form><slot /></form>' },
    VTextField: { props: ['modelValue'], emits: ['update:modelValue'], template: '<input :value="modelValue" @input="$emit(\'update:modelValue\', $event.target.value)" />' },
    VDialog: { props: ['modelValue'], template: '<div v-if="modelValue"><slot /></div>' },
    VCard: { template: '<div><slot /></div>' },
    VCardText: { template: '<div><slot /></div>' },
    VCardActions: { template: '<div class="actions"><slot /></div>' },
    VAlert: { props: ['text'], template: '<p role="alert">{{ text }}</p>' },
  },
};

/** A click as a browser makes it: `detail` 0 is one of the keyboard. */
const click = (element: Element | undefined, detail: number) => element?.dispatchEvent(new MouseEvent('click', { detail, bubbles: true }));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date', 'queueMicrotask'] });
  vi.advanceTimersByTime(10_000);
  setActivePinia(createPinia());
});
afterEach(() => void vi.useRealTimers());

describe('the bid button', () => {
  const button = (amount: number) => mount(BidButton, { props: { amount, guard: new PressGuard() }, global });
  const touch = { isPrimary: true, button: 0, clientX: 0, clientY: 0 };

  it('sends what stood on it when the finger went down, and shows that meanwhile', async () => {
    const bid = button(100);
    await bid.trigger('pointerdown', touch);
    await bid.setProps({ amount: 110 });
    expect(bid.text()).toContain('¥100');
    await bid.trigger('pointerup', touch);
    expect(bid.emitted('bid')).toEqual([[100]]);
    expect(bid.text()).toContain('¥110');
  });
  it.each([['stale', { disabled: true }], ['busy', { busy: true }]])('forgets a press when it becomes %s under the finger, and shows the newest amount', async (_, off) => {
    const bid = button(100);
    await bid.trigger('pointerdown', touch);
    await bid.setProps({ amount: 110, ...off });
    expect(bid.text()).toContain('¥110');
    await bid.setProps({ disabled: false, busy: false });
    await bid.trigger('pointerup', touch);
    expect(bid.emitted('bid')).toBeUndefined();
  });
  it('forgets a key that is let go elsewhere', async () => {
    const bid = button(100);
    await bid.trigger('keydown', { key: ' ' });
    await bid.setProps({ amount: 110 });
    expect(bid.text()).toContain('¥100');
    await bid.trigger('blur');
    expect(bid.text()).toContain('¥110');
  });
  it('bids once for a key, however long it is held down', async () => {
    const bid = button(100);
    await bid.trigger('keydown', { key: 'Enter' });
    click(bid.element, 0);
    const held = new KeyboardEvent('keydown', { key: 'Enter', repeat: true, cancelable: true, bubbles: true });
    bid.element.dispatchEvent(held);
    expect(held.defaultPrevented).toBe(true); // the browser makes no click of it then
    expect(bid.emitted('bid')).toEqual([[100]]);
  });
});

describe('an amount of one’s own', () => {
  const state = (more: object = {}) => ({ auctionId: 1, price: 1_000_000, startPrice: 1_000_000, minNextBid: 1_050_000, step: 50_000, ladder: [{ below: 0, step: 50_000 }], taxRate: 1000, you: null, ...more }) as State;
  async function asked(mode: 'amount' | 'maximum', text: string) {
    const form = mount(OwnAmount, { props: { state: state(), mode }, global });
    await form.find('input').setValue(text);
    await form.find('form').trigger('submit');
    return form;
  }
  const send = async (form: Awaited<ReturnType<typeof asked>>, detail = 1) => {
    click(form.findAll('.actions button')[1]?.element, detail);
    await nextTick();
  };

  it('is sent as it was read back, though the next bid is another by then', async () => {
    const form = await asked('amount', '120');
    await form.setProps({ state: state({ price: 1_100_000, minNextBid: 1_130_000, step: 30_000 }) });
    expect(form.find('.said').text()).toBe('120万円');
    vi.advanceTimersByTime(GUARD_MS);
    await send(form);
    expect(form.emitted('send')).toEqual([[{ amount: 1_200_000, confirm: false }]]);
  });
  it('cannot be sent, and says why, when it is no more than others have bid, or the screen is old', async () => {
    const form = await asked('amount', '120');
    vi.advanceTimersByTime(GUARD_MS);
    await form.setProps({ state: state({ price: 1_200_000, minNextBid: 1_250_000 }) });
    expect(form.find('[role=alert]').text()).toContain('bidding.own.tooLow');
    await send(form);
    await form.setProps({ state: state(), disabled: true });
    expect(form.find('[role=alert]').text()).toContain('bidding.stale');
    await send(form);
    expect(form.emitted('send')).toBeUndefined();
  });
  it('is not sent by the second tap of the finger that asked', async () => {
    const form = await asked('maximum', '300');
    await send(form);
    expect(form.emitted('send')).toBeUndefined();
    vi.advanceTimersByTime(GUARD_MS);
    await send(form);
    expect(form.emitted('send')).toEqual([[{ maxAmount: 3_000_000, confirm: false }]]);
  });
  it('is marked as meant when it is more than three times the next bid', async () => {
    const form = await asked('maximum', '400');
    expect(form.text()).toContain('bidding.own.jump');
    await send(form, 0);
    expect(form.emitted('send')).toEqual([[{ maxAmount: 4_000_000, confirm: true }]]);
  });
});

describe('what a screen reader hears', () => {
  it('is urgent news at once, each of several', async () => {
    const spoken = useSpoken();
    spoken.now('one');
    spoken.now('two');
    spoken.now('two');
    expect(spoken.urgent.map(({ text }) => text)).toEqual(['one', 'two', 'two']);
    vi.advanceTimersByTime(10_000);
    expect(spoken.urgent).toEqual([]);
  });
  it('is the price at most every five seconds: of each lot the latest', () => {
    const spoken = useSpoken();
    spoken.soon('lot 1 at 10', 1);
    expect(spoken.polite).toBe('lot 1 at 10');
    spoken.soon('lot 2 at 10', 2);
    spoken.soon('lot 1 at 20', 1);
    spoken.soon('lot 2 at 20', 2);
    spoken.soon('lot 1 at 30', 1);
    vi.advanceTimersByTime(4_999);
    expect(spoken.polite).toBe('lot 1 at 10');
    vi.advanceTimersByTime(1);
    expect(spoken.polite).toBe('lot 2 at 20 lot 1 at 30');
    spoken.soon('lot 1 at 40', 1);
    expect(spoken.polite).toBe('lot 2 at 20 lot 1 at 30');
    vi.advanceTimersByTime(5_000);
    expect(spoken.polite).toBe('lot 1 at 40');
  });

  const clock = () => mount(LotClock, { props: { state: { status: 'active', lotNumber: 3, extensions: 0 }, remainingMs: 70_000, judging: false }, global });
  async function run(shown: ReturnType<typeof clock>, ...times: number[]): Promise<number[]> {
    for (const remainingMs of times) {
      await shown.setProps({ remainingMs });
      await nextTick();
    }
    return useSpoken().urgent.map(({ text }) => (JSON.parse(text.slice(text.indexOf('{'))) as { seconds: number }).seconds);
  }
  it('is 1:00, 0:30 and 0:10 once a countdown, and again after an extension', async () => {
    const shown = clock();
    expect(await run(shown, 60_100, 60_000, 59_900, 30_100, 30_000, 29_900)).toEqual([60, 30]);
    expect(await run(shown, 65_000, 60_000, 30_000, 10_000, 9_900, 100, 0)).toEqual([60, 30, 60, 30, 10]);
  });
  it('is what is left when the device wakes up, not what was left in between', async () => {
    expect(await run(clock(), 7_400)).toEqual([8]);
  });
  it('is nothing while the lot is paused', async () => {
    const shown = clock();
    await shown.setProps({ state: { status: 'paused', lotNumber: 3, extensions: 0 } });
    expect(await run(shown, 20_000)).toEqual([]);
  });
});
