-- A page of a user's bids over all lots, newest first, each with how it stands: $1 user, $2 $3 $4 before this moment (ms),
-- lot and seq, $5 at most. By the index bids_user, backwards.
--   left      a maximum that waits for the start        replaced  by another one, or withdrawn
--   leading   the bidder leads the lot                  outbid    somebody else does
--   won, lost the lot has ended                         retracted by the auctioneer
--   dropped   at the start: it was below the price by then, or the bidder might not bid any more
SELECT to_ms(b.received_at) || '.' || b.auction_id || '.' || b.seq AS cursor, row_to_json(bid)::text AS json
FROM bids b
JOIN auctions a ON a.id = b.auction_id
JOIN horses h ON h.id = a.horse_id
CROSS JOIN LATERAL (SELECT (SELECT e.kind FROM auction_events e WHERE e.auction_id = b.auction_id AND e.seq = b.seq) AS kind) AS event
CROSS JOIN LATERAL (
    SELECT b.bid_id AS "bidId", a.id AS "auctionId", a.sale_id AS "saleId", a.lot_number AS "lotNumber",
           display_name_ja(h) AS "displayNameJa", display_name_en(h) AS "displayNameEn", a.status,
           b.seq, nullif(b.amount, 0) AS amount, nullif(b.max_amount, 0) AS "maxAmount",
           rfc3339(b.received_at) AS "receivedAt", to_ms(b.received_at) AS "receivedAtMs",
           CASE
               WHEN b.verdict = 'retracted' THEN 'retracted'
               WHEN kind = 'maximum_left' AND EXISTS (
                   SELECT FROM early_maxima m
                   WHERE m.auction_id = b.auction_id AND m.user_id = b.user_id AND m.seq = b.seq) THEN 'left'
               WHEN kind = 'maximum_left' AND EXISTS (
                   SELECT FROM auction_events m
                   WHERE m.auction_id = b.auction_id AND m.kind = 'maximum_left' AND m.seq > b.seq
                     AND (m.private_part::jsonb->>'userId')::bigint = b.user_id) THEN 'replaced'
               WHEN kind = 'maximum_left' AND b.max_amount = 0 THEN 'replaced'
               WHEN kind = 'maximum_left' THEN 'dropped'
               WHEN a.status IN ('active', 'paused') THEN CASE a.leader WHEN b.user_id THEN 'leading' ELSE 'outbid' END
               WHEN a.status = 'sold' AND a.leader = b.user_id THEN 'won'
               ELSE 'lost'
           END AS standing) AS bid
WHERE b.user_id = $1::bigint AND b.seq IS NOT NULL
  AND b.received_at <= from_ms($2::bigint)
  AND (to_ms(b.received_at), b.auction_id, b.seq) < ($2, $3::bigint, $4::bigint)
ORDER BY b.received_at DESC, b.auction_id DESC, b.seq DESC
LIMIT $5::bigint;
