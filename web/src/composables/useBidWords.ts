// An own bid in words: what it was, and what became of it with what to do. And what the auctioneer says to the room.
import { useI18n } from 'vue-i18n';
import type { Notice } from '@/live/lot';
import { formatYen } from '@/live/money';
import type { OwnBid } from '@/stores/bids';

export interface BidWords {
  what: (bid: OwnBid) => string;
  outcome: (bid: OwnBid) => string;
  announced: (notice: Notice) => string;
}

export function useBidWords(): BidWords {
  const { t, te } = useI18n();

  function why({ code, message, minNextBid, available, step }: NonNullable<OwnBid['refusal']>): string {
    const key = `bidding.refused.${code}`;
    const amount = code === 'CREDIT_EXCEEDED' ? available : minNextBid;
    const known = te(key) && (amount !== undefined || !['CREDIT_EXCEEDED', 'BID_TOO_LOW', 'BID_OFF_STEP'].includes(code));
    return known ? t(key, { amount: formatYen(amount ?? 0), step: formatYen(step ?? 0) }) : message || t('bidding.refused.other');
  }

  return {
    what(bid) {
      if (bid.withdraw) return t('bidding.ownBid.withdraw');
      return bid.maxAmount !== null ? t('bidding.ownBid.maximum', { amount: formatYen(bid.maxAmount) }) : formatYen(bid.amount ?? 0);
    },
    outcome(bid) {
      if (bid.refusal && bid.phase === 'refused') return why(bid.refusal);
      return t(`bidding.ownBid.${bid.phase === 'accepted' && bid.outdone ? 'outbid' : bid.phase}`);
    },
    announced({ kind, text, outage }) {
      if (kind === 'message') return text;
      const event = t(outage ? 'bidding.notice.outage' : `bidding.notice.${kind}`);
      return text ? `${event}: ${text}` : event;
    },
  };
}
