-- What a decision must know about bidders and their bids ($1 the lot, $2 users, $3 bidIds): one row per pair, in their order.
-- An unknown lot or user gives a row of a stranger. credit: what the limit leaves for this lot, own exposure on it not
-- counted; null without a limit. lot_seq tells how new the facts are. Everything is looked up by a primary
-- key, and the LIMITs keep it so: a plan made while a lot has few bids would otherwise read all of them once it has many.
SELECT coalesce(u.active AND u.role = 'bidder', false) AS bidder,
       coalesce(r.status = 'approved', false) AS approved,
       CASE r.status WHEN 'approved' THEN r.paddle END AS paddle,
       p.user_id IS NOT NULL AS own_lot,
       coalesce(m.maximum, 0) AS early_maximum,
       r.credit_limit - r.exposure + coalesce(m.maximum, 0)
           + CASE a.leader WHEN q.user_id THEN a.exposure ELSE 0 END AS credit,
       b.verdict, b.seq, b.amount, b.max_amount, b.refusal, to_ms(b.received_at) AS received_at,
       a.seq AS lot_seq
FROM unnest($2::bigint[], $3::uuid[]) WITH ORDINALITY AS q (user_id, bid_id, position)
LEFT JOIN (SELECT a.seq, a.sale_id, a.status, a.leader,
                  lot_exposure(a.status, a.price, a.leader_max) AS exposure, h.consignor_id
           FROM auctions a JOIN horses h ON h.id = a.horse_id WHERE a.id = $1::bigint) a ON true
LEFT JOIN LATERAL (SELECT * FROM users WHERE id = q.user_id LIMIT 1) u ON true
LEFT JOIN LATERAL (SELECT * FROM registrations WHERE sale_id = a.sale_id AND user_id = q.user_id LIMIT 1) r ON true
LEFT JOIN LATERAL (SELECT user_id FROM party_users
                   WHERE party_id = a.consignor_id AND user_id = q.user_id LIMIT 1) p ON true
LEFT JOIN LATERAL (SELECT maximum FROM early_maxima
                   WHERE a.status = 'scheduled' AND auction_id = $1 AND user_id = q.user_id LIMIT 1) m ON true
LEFT JOIN LATERAL (SELECT * FROM bids
                   WHERE auction_id = $1 AND user_id = q.user_id AND bid_id = q.bid_id LIMIT 1) b ON true
ORDER BY q.position;
