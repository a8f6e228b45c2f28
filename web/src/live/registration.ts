// The registrations of a sale as the office works through them: applications that wait come first, the one that has waited longest
// at the top. Pure.
import type { Schemas } from '@/api/client';
import { fold } from '@/live/catalogue';

export type Registration = Schemas['Registration'];
export type RegistrationStatus = Registration['status'];

export const STATUSES = ['applied', 'approved', 'rejected', 'revoked', 'withdrawn'] as const satisfies readonly RegistrationStatus[];

const RANK: Record<RegistrationStatus, number> = { applied: 0, approved: 1, revoked: 2, rejected: 3, withdrawn: 4 };
const since = ({ appliedAt, createdAt }: Registration) => appliedAt ?? createdAt;

export function inOrder(registrations: readonly Registration[]): Registration[] {
  return [...registrations].sort(
    (a, b) => RANK[a.status] - RANK[b.status] || (a.status === 'approved' ? (a.paddle ?? 0) - (b.paddle ?? 0) : since(a).localeCompare(since(b))) || a.userId - b.userId,
  );
}

const words = new WeakMap<Registration, string>();

function wordsOf(one: Registration): string {
  let text = words.get(one);
  if (text === undefined) words.set(one, (text = fold([one.name, one.email, one.principal, one.invoiceName, one.ownerNumber].filter(Boolean).join('\n'))));
  return text;
}

/** Those of a state (null: any) in which every word is found. A number alone is a paddle, or stands in an owner's number. */
export function findRegistrations(registrations: readonly Registration[], text: string, status: RegistrationStatus | null): Registration[] {
  const wanted = fold(text).split(/\s+/).filter(Boolean);
  const number = wanted.length === 1 && /^\d+$/.test(wanted[0] ?? '') ? Number(wanted[0]) : null;
  return inOrder(registrations.filter((one) => (status === null || one.status === status) && ((number !== null && one.paddle === number) || wanted.every((word) => wordsOf(one).includes(word)))));
}

export function countByStatus(registrations: readonly Registration[]): Record<RegistrationStatus, number> {
  const counts: Record<RegistrationStatus, number> = { applied: 0, approved: 0, rejected: 0, revoked: 0, withdrawn: 0 };
  for (const { status } of registrations) counts[status]++;
  return counts;
}

/** How much of the limit is used, 0 to 1 and over where an undo or a lowered limit has left more; null: there is no limit. */
export const usedShare = ({ exposure, creditLimit }: Pick<Registration, 'exposure' | 'creditLimit'>): number | null =>
  creditLimit === null ? null : creditLimit === 0 ? (exposure > 0 ? Infinity : 0) : exposure / creditLimit;

/** The one to look at after `decided`: the next that has waited less long, else the one that has waited longest. */
export function nextWaiting(shown: readonly Registration[], decided: Registration): number | null {
  const waiting = inOrder(shown.filter(({ status, userId }) => status === 'applied' && userId !== decided.userId));
  return (waiting.find((one) => since(one) > since(decided) || (since(one) === since(decided) && one.userId > decided.userId)) ?? waiting[0])?.userId ?? null;
}

/** What the office typed for one registration. */
export interface DecisionWish {
  paddle: string;
  /** null: no limit; undefined: what was typed is not an amount. */
  creditLimit: number | null | undefined;
  reason: string;
}

/** A first decision starts from what was asked for, else from what the office usually gives (`usual`); later ones from what holds. */
export function blankDecision(one: Registration, usual: number | null): DecisionWish {
  const first = one.status === 'applied' && one.paddle === null;
  return { paddle: one.paddle === null ? '' : String(one.paddle), creditLimit: first ? (one.requestedLimit ?? usual) : one.creditLimit, reason: '' };
}

const PADDLE_MAX = 99_999;

/** The paddle typed; null: none, the lowest free one is given; undefined: that is no paddle. */
export function parsePaddle(text: string): number | null | undefined {
  const plain = text.normalize('NFKC').trim();
  if (plain === '') return null;
  const paddle = /^\d{1,5}$/.test(plain) ? Number(plain) : 0;
  return paddle >= 1 && paddle <= PADDLE_MAX ? paddle : undefined;
}

export type Verdict = 'approved' | 'rejected' | 'revoked';

/** What may become of it. */
export const VERDICTS: Record<RegistrationStatus, readonly Verdict[]> = {
  applied: ['approved', 'rejected'],
  approved: ['revoked'],
  rejected: ['approved'],
  revoked: ['approved'],
  withdrawn: [],
};

/** What is sent: with a verdict, or (null) only what was changed of paddle and limit. */
export function decisionBody(one: Registration, wish: DecisionWish, verdict: Verdict | null): Schemas['DecisionBody'] {
  if (verdict === 'rejected' || verdict === 'revoked') return { status: verdict, reason: wish.reason.trim() };
  const paddle = parsePaddle(wish.paddle);
  const limit = wish.creditLimit;
  return {
    ...(verdict ? { status: verdict } : {}),
    ...(paddle && paddle !== one.paddle ? { paddle } : {}),
    ...(limit !== undefined && limit !== one.creditLimit ? { creditLimit: limit } : {}),
  };
}
