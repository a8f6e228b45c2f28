-- The maxima that stand at a scheduled lot ($1), in the order received, each with what the rules ask about its bidder at this
-- moment. Few rows by primary keys, once a lot.
SELECT m.user_id, m.maximum, m.bid_id, m.seq, r.paddle,
       u.active AND u.role = 'bidder' AND r.status = 'approved' AS approved,
       EXISTS (SELECT FROM horses h JOIN party_users p ON p.party_id = h.consignor_id
               WHERE h.id = a.horse_id AND p.user_id = m.user_id) AS own_lot
FROM early_maxima m
JOIN auctions a ON a.id = m.auction_id
JOIN users u ON u.id = m.user_id
JOIN registrations r ON r.sale_id = a.sale_id AND r.user_id = m.user_id
WHERE m.auction_id = $1::bigint
ORDER BY m.seq;
