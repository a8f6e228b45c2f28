-- A client enters a room ($1 auction, $2 user or null, $3 the seq up to which it knows everything or null, $4 the
-- most events it is sent): who it is here, its own maximum, what is left of its credit at this sale (null: no limit), and the
-- public events it missed, at one seq. No row: there is no such lot, or
-- it is a draft. events has a line for each (server-sent events go out line by line) and is null when there are too many, or when the client claims to know more than there is.
-- One row by primary key; events by a range of the ledger's primary key.
SELECT a.seq,
       r.paddle,
       CASE WHEN a.leader = $2::bigint THEN a.leader_max
            WHEN a.status = 'scheduled' THEN (SELECT m.maximum FROM early_maxima m WHERE m.auction_id = a.id AND m.user_id = $2)
       END AS max_amount,
       CASE WHEN r.credit_limit IS NOT NULL THEN greatest(r.credit_limit - r.exposure, 0) END AS available_credit,
       coalesce(u.role = 'bidder' AND u.active AND r.paddle IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM horses h JOIN party_users p ON p.party_id = h.consignor_id
                                WHERE h.id = a.horse_id AND p.user_id = u.id), false) AS can_bid,
       CASE WHEN $3::bigint <= a.seq AND a.seq - $3 <= $4::bigint THEN
           (SELECT coalesce('[' || string_agg(public_event(e), E',\n' ORDER BY e.seq) || ']', '[]')
            FROM auction_events e WHERE e.auction_id = a.id AND e.seq > $3)
       END AS events
FROM auctions a
LEFT JOIN users u ON u.id = $2
LEFT JOIN registrations r ON r.sale_id = a.sale_id AND r.user_id = u.id AND r.status = 'approved'
WHERE a.id = $1 AND a.status <> 'draft';
