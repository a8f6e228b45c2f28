import { describe, expect, it } from 'vitest';
import { mount } from '@vue/test-utils';
import { defineComponent, h, nextTick, ref } from 'vue';
import { useKeptFocus } from '@/composables/useKeptFocus';
import { COMMAND_TABLE, PLACE_KEYS, commandsFor, saleCommandsFor } from '@/live/console';

const names = (...of: Parameters<typeof commandsFor>) => commandsFor(...of).map(({ name }) => name);

describe('the commands of the console', () => {
  it('offers in each state what the rules allow', () => {
    expect(names('draft')).toEqual(['schedule']);
    expect(names('scheduled')).toEqual(['start', 'reserve', 'pass', 'withdraw']);
    expect(names('active', true)).toEqual(['warn', 'hammer', 'pause', 'extend', 'extendBy', 'message', 'step', 'reserve', 'undo', 'pass', 'withdraw']);
    expect(names('active', false)).toContain('startPrice');
    expect(names('active', false)).not.toContain('undo');
    expect(names('sold', true)).toEqual(['reopen']);
  });
  it('has no key twice in one state, nor one that means a place', () => {
    const taken: string[] = Object.values(PLACE_KEYS);
    for (const { states } of COMMAND_TABLE)
      for (const state of states) {
        const keys = [...taken, ...commandsFor(state).map(({ key }) => key)];
        expect(new Set(keys).size).toBe(keys.length);
      }
  });
  it('asks before what cannot be taken back, and for a reason where the rules want one', () => {
    expect(COMMAND_TABLE.filter(({ tone, name }) => tone === 'danger' || name === 'hammer').every(({ asks }) => asks !== undefined)).toBe(true);
    expect(COMMAND_TABLE.filter(({ asks }) => asks === 'reason').map(({ name }) => name)).toEqual(['undo', 'withdraw', 'reopen']);
    expect(COMMAND_TABLE.filter(({ expects }) => expects).map(({ name }) => name)).toEqual(['hammer', 'undo', 'pass', 'withdraw']);
  });
});

describe('the commands of a whole sale', () => {
  const none = { active: 0, paused: 0, waiting: 0, pausedAtMs: null };
  it('are offered where there is something of it', () => {
    expect(saleCommandsFor(none)).toEqual({ pause: false, resume: false });
    expect(saleCommandsFor({ ...none, active: 2 })).toEqual({ pause: true, resume: false });
    expect(saleCommandsFor({ ...none, active: 2, paused: 1 })).toEqual({ pause: true, resume: true });
  });
  it('stop the clock that opens lots, and let it go on, with no lot running', () => {
    expect(saleCommandsFor({ ...none, waiting: 5 })).toEqual({ pause: true, resume: false });
    expect(saleCommandsFor({ ...none, waiting: 5, pausedAtMs: 1 })).toEqual({ pause: false, resume: true });
  });
});

/** Buttons by name, as many and in the order that `names` says; those in `dead` are disabled. */
function buttons() {
  const names = ref(['a', 'b', 'c']);
  const dead = ref<string[]>([]);
  const Bar = defineComponent(() => {
    const bar = ref<HTMLElement>();
    useKeptFocus(bar, () => [...names.value, '/', ...dead.value].join());
    return () => h('div', { ref: bar, tabindex: -1, id: 'bar' }, names.value.map((name) => h('button', { key: name, id: name, disabled: dead.value.includes(name) }, name)));
  });
  const wrapper = mount(Bar, { attachTo: document.body });
  const at = () => document.activeElement?.id;
  const settled = async () => {
    await nextTick();
    await nextTick();
  };
  return { names, dead, at, settled, wrapper, focus: (id: string) => document.getElementById(id)?.focus() };
}

describe('the focus of the keyboard', () => {
  it('stays on its button when the others change places about it, and in its place when it is gone', async () => {
    const { names, at, settled, wrapper, focus } = buttons();
    focus('b');
    names.value = ['c', 'b', 'a'];
    await settled();
    expect(at()).toBe('b');
    names.value = ['b'];
    await settled();
    expect(at()).toBe('b');
    names.value = ['a', 'c'];
    await settled();
    expect(at()).toBe('bar');
    wrapper.unmount();
  });
  it('stays in its place when its button is disabled', async () => {
    const { dead, at, settled, wrapper, focus } = buttons();
    focus('b');
    dead.value = ['b'];
    await settled();
    expect(at()).toBe('bar');
    wrapper.unmount();
  });
  it('is not taken from elsewhere', async () => {
    const { names, at, settled, wrapper } = buttons();
    const other = document.body.appendChild(document.createElement('input'));
    other.id = 'other';
    other.focus();
    names.value = ['c'];
    await settled();
    expect(at()).toBe('other');
    other.remove();
    wrapper.unmount();
  });
});
