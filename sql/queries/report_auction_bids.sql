-- All bids that a lot's ledger remembers, in the order of their arrival: $1 lot, $2 whether the office asks (it does). Maxima are
-- not told before the lot has ended. By primary keys.
SELECT b.seq, to_ms(b.received_at) AS "receivedAt", to_ms(b.sent_at) AS "sentAt", r.paddle, b.user_id AS "userId", u.name,
       b.bid_id AS "bidId", nullif(b.amount, 0) AS amount,
       CASE WHEN a.status IN ('sold', 'passed', 'withdrawn') THEN nullif(b.max_amount, 0) END AS "maxAmount",
       b.verdict, b.refusal
FROM auctions a
JOIN bids b ON b.auction_id = a.id
JOIN users u ON u.id = b.user_id
LEFT JOIN registrations r ON r.sale_id = a.sale_id AND r.user_id = b.user_id
WHERE a.id = $1::bigint AND $2::boolean
ORDER BY b.received_at, b.seq NULLS LAST, b.bid_id;
