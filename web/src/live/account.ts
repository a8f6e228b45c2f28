// Accounts as the administrator looks for them and changes them. Pure.
import type { Schemas } from '@/api/client';

type User = Schemas['User'];

export const ROLES = ['viewer', 'bidder', 'auctioneer', 'admin'] as const satisfies readonly User['role'][];

/** What of an account is typed; whether it is closed is a step of its own. */
export type AccountForm = Pick<User, 'name' | 'language' | 'role'>;
export const accountForm = ({ name, language, role }: User): AccountForm => ({ name, language, role });

export interface AccountWish {
  text: string;
  role: User['role'] | null;
  state: 'active' | 'closed' | 'unconfirmed' | null;
}

/** What is asked of the server. */
export function accountQuery({ text, role, state }: AccountWish) {
  const q = text.trim();
  return {
    ...(q && { q }),
    ...(role && { role }),
    ...(state === 'active' && { active: true }),
    ...(state === 'closed' && { active: false }),
    ...(state === 'unconfirmed' && { emailConfirmed: false }),
  };
}

/** Whether what was typed to confirm an erasure is the account's address, in whatever width and case. */
export const confirms = (typed: string, email: string): boolean => typed.normalize('NFKC').trim().toLowerCase() === email.toLowerCase();
