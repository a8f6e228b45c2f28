// Editing what others may edit too. A form holds the members of a resource under their own names; an update sends those that
// were changed, and when somebody else was quicker, what was typed is laid over the newer state instead of being lost. Pure.

export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The members of `wish` that are not as in `base`. */
export function changes<F extends object>(base: F, wish: F): Partial<F> {
  const changed: Partial<F> = {};
  for (const key of Object.keys(wish) as (keyof F)[]) if (!same(base[key], wish[key])) changed[key] = wish[key];
  return changed;
}

/** What was changed in `wish` since `base`, laid over `theirs`; and the members that both changed, each to something else. */
export function rebase<F extends object>(base: F, wish: F, theirs: F): { wish: F; clashes: (keyof F)[] } {
  const mine = changes(base, wish);
  const keys = Object.keys(mine) as (keyof F)[];
  return { wish: { ...theirs, ...mine }, clashes: keys.filter((key) => !same(base[key], theirs[key]) && !same(mine[key], theirs[key])) };
}

/** Whether something was typed that is no value of its kind: an input says undefined then. */
export function isUnreadable(wish: unknown): boolean {
  if (wish === undefined) return true;
  return typeof wish === 'object' && wish !== null && Object.values(wish).some(isUnreadable);
}

/** A copy that shares nothing; plain data only. Unlike JSON it keeps what is undefined. */
export function copy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copy) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)])) as T;
}
