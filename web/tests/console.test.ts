import { describe, expect, it } from 'vitest';
import { COMMAND_TABLE, commandsFor } from '@/live/console';

describe('the commands of the console', () => {
  it('offers in each state what the rules allow', () => {
    expect(commandsFor('scheduled').map(({ name }) => name)).toEqual(['start', 'reserve', 'pass', 'withdraw']);
    expect(commandsFor('active').map(({ name }) => name)).toEqual(['warn', 'hammer', 'pause', 'extend', 'message', 'step', 'reserve', 'undo', 'pass', 'withdraw']);
    expect(commandsFor('sold').map(({ name }) => name)).toEqual(['reopen']);
  });
  it('has no key twice in one state, and asks before what cannot be taken back', () => {
    for (const { states } of COMMAND_TABLE)
      for (const state of states) {
        const keys = commandsFor(state).flatMap(({ key }) => key ?? []);
        expect(new Set(keys).size).toBe(keys.length);
      }
    expect(COMMAND_TABLE.filter(({ tone, name }) => tone === 'danger' || name === 'hammer').every(({ asks }) => asks === 'reason' || asks === 'confirm')).toBe(true);
  });
});
