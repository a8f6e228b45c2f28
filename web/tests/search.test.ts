// Looking through a list by typing.
import { mount } from '@vue/test-utils';
import { defineComponent, nextTick, ref } from 'vue';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useSearch } from '@/composables/useSearch';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('asks at first, and once when typing has paused, and no more when the page is left', async () => {
  const text = ref('');
  const search = vi.fn();
  const page = mount(defineComponent(() => (useSearch(text, search), () => null)));
  expect(search).toHaveBeenCalledTimes(1);
  for (const typed of ['a', 'ab', 'abc']) {
    text.value = typed;
    await nextTick();
    vi.advanceTimersByTime(100);
  }
  expect(search).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(300);
  expect(search).toHaveBeenCalledTimes(2);
  text.value = 'abcd';
  await nextTick();
  page.unmount();
  vi.advanceTimersByTime(1_000);
  expect(search).toHaveBeenCalledTimes(2);
});
