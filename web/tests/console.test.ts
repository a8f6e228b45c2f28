import { describe, expect, it } from 'vitest';
import { COMMAND_TABLE, PLACE_KEYS, commandsFor } from '@/live/console';

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
