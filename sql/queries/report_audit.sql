-- The audit trail, newest first: $1 whether the administrator asks: the auctioneer sees what belongs to a sale or a lot, and no
-- addresses; $2 whether the office asks (it does); null is no condition: $3 from and $4 before (ms), $5 user, $6 lot, $7 sale,
-- $8 action, $9 code; behind the entry $10 (µs), $11 (its kind), $12, $13 (its key); $14 at most, null: all.
-- It is the view audit_trail, written out so that each half comes by its own index: entries by audit_log_at or audit_log_user,
-- accepted bids by bids_user, bidder by bidder, for an index of all bids by time would cost every bid that is made. What was
-- bid on a lot is not told before it has ended: it may be somebody's maximum.
WITH bound AS MATERIALIZED (
    SELECT timestamptz '1970-01-01 00:00:00+00' + $10::bigint * interval '1 microsecond' AS at
)
SELECT concat_ws('.', (extract(epoch FROM entry.at) * 1000000)::bigint, entry.source, entry.key_1, entry.key_2) AS cursor,
       to_ms(entry.at) AS at, entry.action, entry.code, entry.user_id AS "userId", u.name AS "userName",
       coalesce(entry.sale_id, a.sale_id) AS "saleId", entry.auction_id AS "auctionId", a.lot_number AS "lotNumber",
       CASE WHEN entry.action <> 'bid' OR a.status IN ('sold', 'passed', 'withdrawn') THEN entry.amount END AS amount, entry.count,
       CASE WHEN $1::boolean THEN host(entry.address) END AS address, entry.details
FROM (
    (SELECT l.at, 1::bigint AS source, 0::bigint AS key_1, l.id AS key_2, l.user_id, l.action, l.auction_id, l.sale_id, l.code,
            l.amount, l.count, l.address, l.details
     FROM audit_log l
     WHERE $2::boolean AND ($1 OR l.sale_id IS NOT NULL OR l.auction_id IS NOT NULL)
       AND ($3::bigint IS NULL OR l.at >= from_ms($3)) AND ($4::bigint IS NULL OR l.at < from_ms($4))
       AND ($5::bigint IS NULL OR l.user_id = $5) AND ($6::bigint IS NULL OR l.auction_id = $6)
       AND ($7::bigint IS NULL OR l.sale_id = $7 OR l.auction_id IN (SELECT id FROM auctions WHERE sale_id = $7))
       AND ($8::text IS NULL OR l.action = $8) AND ($9::text IS NULL OR l.code = $9)
       AND (l.at, 1, 0, l.id) < ((SELECT at FROM bound), $11::bigint, $12::bigint, $13::bigint)
     ORDER BY l.at DESC, l.id DESC
     LIMIT $14::bigint)
    UNION ALL
    (SELECT bid.*
     FROM (SELECT DISTINCT user_id FROM registrations
           WHERE ($5 IS NULL OR user_id = $5) AND ($7 IS NULL OR sale_id = $7)) AS bidder
     CROSS JOIN LATERAL (
         SELECT b.received_at AS at, 0::bigint AS source, b.auction_id AS key_1, b.seq AS key_2, b.user_id, 'bid' AS action,
                b.auction_id, NULL::bigint AS sale_id, 'OK' AS code, CASE b.amount WHEN 0 THEN b.max_amount ELSE b.amount END AS amount,
                1 AS count, b.address,
                CASE WHEN abs(to_ms(b.sent_at) - to_ms(b.received_at)) > 5000
                     THEN jsonb_build_object('skewMs', to_ms(b.sent_at) - to_ms(b.received_at)) ELSE '{}' END AS details
         FROM bids b
         WHERE b.user_id = bidder.user_id AND b.verdict <> 'refused'
           AND ($3 IS NULL OR b.received_at >= from_ms($3)) AND ($4 IS NULL OR b.received_at < from_ms($4))
           AND ($6 IS NULL OR b.auction_id = $6) AND ($7 IS NULL OR b.auction_id IN (SELECT id FROM auctions WHERE sale_id = $7))
           AND (b.received_at, 0, b.auction_id, b.seq) < ((SELECT at FROM bound), $11, $12, $13)
         ORDER BY b.received_at DESC, b.auction_id DESC, b.seq DESC
         LIMIT $14) AS bid
     WHERE $2 AND ($8 IS NULL OR $8 = 'bid') AND ($9 IS NULL OR $9 = 'OK')
     ORDER BY bid.at DESC, bid.key_1 DESC, bid.key_2 DESC
     LIMIT $14)) AS entry
LEFT JOIN auctions a ON a.id = entry.auction_id
LEFT JOIN users u ON u.id = entry.user_id
ORDER BY entry.at DESC, entry.source DESC, entry.key_1 DESC, entry.key_2 DESC
LIMIT $14;
