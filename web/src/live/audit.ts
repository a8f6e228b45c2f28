// The audit trail: what may be asked of it, and the names of what it tells. Pure.
import type { paths } from '@/api/generated/rest';
import { fromJapan } from '@/live/japanTime';

export type AuditQuery = NonNullable<paths['/api/reports/audit']['get']['parameters']['query']>;

/** Every action that the server writes down, by what it is about; a unit test holds this against the statements. One that is not here is
 * shown by its own name. */
export const ACTIONS = {
  bids: ['bid'],
  registrations: ['registration_applied', 'registration_approved', 'registration_rejected', 'registration_revoked', 'registration_changed', 'registration_withdrawn'],
  sales: ['sale_changed', 'sale_pause', 'sale_resume', 'sale_deleted', 'lots_imported', 'lots_reordered', 'lot_deleted'],
  horses: ['horse_deleted', 'media_deleted', 'party_deleted', 'party_user_added', 'party_user_removed'],
  accounts: ['registered', 'registered_again', 'email_confirmed', 'email_change_asked', 'email_changed', 'login', 'password_changed', 'password_forgotten', 'password_reset', 'refresh_token_reused', 'sessions_ended'],
  users: ['user_entered', 'user_changed', 'user_erased', 'job_retried'],
} as const;

/** What is looked for, as it stands in the page's address. Times are Japan's, as they are typed. */
export interface AuditWish {
  from: string;
  before: string;
  userId: number | null;
  saleId: number | null;
  auctionId: number | null;
  action: string | null;
  code: string;
}

type Address = Readonly<Record<string, unknown>>;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number | null => (/^[1-9]\d{0,15}$/.test(text(value)) ? Number(value) : null);

export function wishOf(query: Address): AuditWish {
  return {
    from: text(query.from),
    before: text(query.before),
    userId: number(query.userId),
    saleId: number(query.saleId),
    auctionId: number(query.auctionId),
    action: text(query.action) || null,
    code: text(query.code),
  };
}

/** What of it is set, for the address. */
export function addressOf(wish: AuditWish): Record<string, string> {
  return Object.fromEntries(Object.entries(wish).flatMap(([key, value]) => (value === null || value === '' ? [] : [[key, String(value)]])));
}

/** What is asked of the server; a time that is only half typed is no condition. */
export function queryOf({ from, before, userId, saleId, auctionId, action, code }: AuditWish): AuditQuery {
  const [since, until] = [fromJapan(from), fromJapan(before)];
  return {
    ...(since && { from: since }),
    ...(until && { before: until }),
    ...(userId !== null && { userId }),
    ...(saleId !== null && { saleId }),
    ...(auctionId !== null && { auctionId }),
    ...(action !== null && { action }),
    ...(code.trim() && { code: code.trim().toUpperCase() }),
  };
}

/** The members of an entry's details as pairs to be read; what is no text or number as it would be written. */
export function detailsOf(details: Readonly<Record<string, unknown>>): [string, string | number][] {
  return Object.entries(details)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => [key, typeof value === 'string' || typeof value === 'number' ? value : Array.isArray(value) && value.every((one) => typeof one !== 'object') ? value.join(key === 'members' ? ', ' : ' → ') : JSON.stringify(value)]);
}
