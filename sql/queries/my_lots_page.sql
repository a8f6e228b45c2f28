-- A page of the lots that a user ($1) has to do with, in order of sale and lot number: $2, $3 after this sale and lot, $4 at
-- most; $5 which of them: watched, bid (bid on, or a maximum left for), leading, won; null: all. $6 whether the office asks:
-- others see no drafts. `json` is what the lot is to the user; amount: the most they have offered there, their maximum while it
-- stands. The user's lots by their own keys, then the lots by theirs.
WITH mine AS MATERIALIZED (
    SELECT auction_id, bool_or(watched) AS watched, bool_or(bid) AS bid, max(amount) AS amount
    FROM (SELECT auction_id, true AS watched, false AS bid, NULL::bigint AS amount
          FROM watchlist WHERE user_id = $1::bigint
          UNION ALL
          SELECT auction_id, false, true, greatest(max(amount), max(max_amount))
          FROM bids WHERE user_id = $1 AND verdict = 'accepted' GROUP BY auction_id
          UNION ALL
          SELECT auction_id, false, true, maximum FROM early_maxima WHERE user_id = $1) AS each
    GROUP BY auction_id
)
SELECT a.id, a.sale_id || '.' || a.lot_number AS cursor,
       json_build_object('watched', mine.watched, 'bid', mine.bid, 'leading', role.leading, 'won', role.won, 'amount', mine.amount)::text AS json
FROM mine
JOIN auctions a ON a.id = mine.auction_id
JOIN sales s ON s.id = a.sale_id
CROSS JOIN LATERAL (SELECT a.leader IS NOT DISTINCT FROM $1 AND a.status IN ('active', 'paused') AS leading,
                           a.leader IS NOT DISTINCT FROM $1 AND a.status = 'sold' AS won) AS role
WHERE (a.sale_id, a.lot_number) > ($2::bigint, $3::bigint)
  AND ($6::boolean OR (a.status <> 'draft' AND s.status <> 'draft'))
  AND CASE $5::text WHEN 'watched' THEN mine.watched WHEN 'bid' THEN mine.bid WHEN 'leading' THEN role.leading WHEN 'won' THEN role.won
                    ELSE true END
ORDER BY a.sale_id, a.lot_number
LIMIT $4::bigint;
