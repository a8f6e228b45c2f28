// A notification in words and as a place to go to. Kinds may be added by the server at any time: one that has no words here is still
// shown, as news of its lot. Pure.
import type { RouteLocationRaw } from 'vue-router';
import type { Schemas } from '@/api/client';
import { formatYen } from './money';

export type Notice = Schemas['Notification'];

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const yen = (value: unknown) => (typeof value === 'number' ? formatYen(value) : '—');

/** Which of a kind's texts: those of a decision or a result differ. */
function variantOf({ kind, data }: Notice): string {
  if (kind === 'registration') return `registration_${text(data.decision)}`;
  if (kind === 'result') return `result_${text(data.result)}`;
  if (kind === 'bid_retracted') return `bid_retracted_${text(data.role)}`;
  return kind;
}

export interface Told {
  /** Keys of texts in order of preference; the last one always exists. */
  keys: string[];
  values: Record<string, string | number>;
  reason: string;
}

export function tell(notice: Notice, language: string): Told {
  const { data, auction } = notice;
  return {
    keys: [`notifications.text.${variantOf(notice)}`, `notifications.text.${notice.kind}`, 'notifications.text.other'],
    values: {
      number: auction?.lotNumber ?? '',
      name: (language === 'ja' ? auction?.displayNameJa : auction?.displayNameEn) ?? '',
      price: yen(data.price),
      paddle: typeof data.paddle === 'number' ? data.paddle : '—',
    },
    reason: text(data.reason),
  };
}

/** Where it can be acted upon. */
export function placeOf({ auction, data, kind }: Notice): RouteLocationRaw | null {
  if (auction) return { name: 'lot', params: { id: auction.id } };
  if (kind === 'registration' && typeof data.saleId === 'number') return { name: 'registration', params: { id: data.saleId } };
  return null;
}

/** What has just come, before what was there. Of "outbid" one unread stands for a lot, the newest; a repeat has the same id. */
export function withNews(items: readonly Notice[], news: Notice): Notice[] {
  const replaced = (old: Notice) => old.id === news.id || (news.kind === 'outbid' && old.kind === 'outbid' && old.readAt === null && old.auction?.id === news.auction?.id);
  return [news, ...items.filter((old) => !replaced(old))].sort((a, b) => b.id - a.id);
}
