-- Follows the ledger of one lot ($1) up to $2 events further and tells whom they concern, in one transaction with the place
-- reached: each event is told of exactly once, whoever follows. Answers how many events there were: 0 also when somebody else
-- is at this lot. The row of the place is locked first; what another has just committed it shows, and the events are read past
-- it. By primary keys; those concerned are looked up only where something happened that concerns them.
WITH place AS MATERIALIZED (
    SELECT auction_id, seq, leader FROM followed WHERE auction_id = $1::bigint FOR UPDATE SKIP LOCKED
), fresh AS MATERIALIZED (
    SELECT e.*
    FROM place
    CROSS JOIN LATERAL (
        SELECT auction_id, seq, kind, public_part::jsonb AS public, private_part::jsonb AS private
        FROM auction_events
        WHERE auction_id = place.auction_id AND auction_events.seq > place.seq
        ORDER BY auction_events.seq
        LIMIT $2::bigint) AS e
), leads AS MATERIALIZED (
    -- each change of the lead: who leads from then on and who led before
    SELECT seq, kind, leader, price, lag(leader, 1, (SELECT leader FROM place)) OVER (ORDER BY seq) AS before
    FROM (SELECT seq, kind, (private ->> 'userId')::bigint AS leader,
                 CASE kind WHEN 'bid' THEN public -> 'amount' ELSE public -> 'price' END AS price
          FROM fresh WHERE kind IN ('bid', 'bid_retracted')) AS changes
), last_lead AS MATERIALIZED (
    SELECT leader, price FROM leads ORDER BY seq DESC LIMIT 1
), moved AS (
    UPDATE followed
    SET seq = (SELECT max(seq) FROM fresh),
        leader = CASE WHEN EXISTS (SELECT 1 FROM last_lead) THEN (SELECT leader FROM last_lead) ELSE followed.leader END
    WHERE auction_id = (SELECT auction_id FROM place) AND EXISTS (SELECT 1 FROM fresh)
), owners AS (
    SELECT p.user_id FROM auctions a JOIN horses h ON h.id = a.horse_id JOIN party_users p ON p.party_id = h.consignor_id
    WHERE a.id = $1
), ends AS MATERIALIZED (
    SELECT auction_id, seq, kind, (private ->> 'userId')::bigint AS winner,
           jsonb_strip_nulls(jsonb_build_object('seq', seq, 'price', public -> 'price', 'reason', public -> 'reason')) AS data
    FROM fresh
    WHERE kind IN ('sold', 'passed', 'withdrawn', 'reopened')
), told AS (
    -- whoever lost the lead to a bid, unless they have it back or the lot has ended
    SELECT max(seq) AS seq, before AS user_id, 'outbid' AS kind,
           jsonb_build_object('seq', max(seq), 'price', (SELECT price FROM last_lead)) AS data
    FROM leads
    WHERE kind = 'bid' AND before <> leader
      AND before IS DISTINCT FROM (SELECT leader FROM last_lead)
      AND coalesce((SELECT kind FROM ends ORDER BY seq DESC LIMIT 1), 'reopened') = 'reopened'
    GROUP BY before
    UNION ALL
    SELECT seq, winner, 'won', data FROM ends WHERE kind = 'sold'
    UNION ALL
    SELECT e.seq, o.user_id, e.kind, e.data FROM ends e CROSS JOIN owners o WHERE e.kind IN ('sold', 'passed')
    UNION ALL
    -- everybody else who had to do with the lot
    SELECT e.seq, c.user_id, CASE e.kind WHEN 'reopened' THEN 'reopened' ELSE 'result' END,
           e.data || CASE e.kind WHEN 'reopened' THEN '{}' ELSE jsonb_build_object('result', e.kind) END
    FROM ends e
    CROSS JOIN LATERAL (
        SELECT user_id FROM watchlist WHERE auction_id = e.auction_id
        UNION
        SELECT user_id FROM bids WHERE auction_id = e.auction_id AND verdict <> 'refused'
        UNION
        SELECT user_id FROM owners) AS c
    WHERE c.user_id IS DISTINCT FROM CASE e.kind WHEN 'sold' THEN e.winner END
      AND (e.kind NOT IN ('sold', 'passed') OR c.user_id NOT IN (SELECT user_id FROM owners))
    UNION ALL
    -- an undo: whose bid it was, and whoever leads instead
    SELECT f.seq, b.user_id, 'bid_retracted',
           jsonb_strip_nulls(jsonb_build_object('seq', f.seq, 'role', 'owner', 'price', greatest(b.amount, b.max_amount),
                                                'reason', f.public -> 'reason'))
    FROM fresh f
    JOIN bids b ON b.auction_id = f.auction_id AND b.seq = (f.public ->> 'retracts')::bigint
    WHERE f.kind = 'bid_retracted'
    UNION ALL
    SELECT f.seq, l.leader, 'bid_retracted',
           jsonb_strip_nulls(jsonb_build_object('seq', f.seq, 'role', 'leader', 'price', l.price, 'reason', f.public -> 'reason'))
    FROM fresh f
    JOIN leads l ON l.seq = f.seq AND l.leader IS DISTINCT FROM l.before
    WHERE f.kind = 'bid_retracted' AND l.leader IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM bids b WHERE b.auction_id = f.auction_id AND b.seq = (f.public ->> 'retracts')::bigint
                                             AND b.user_id = l.leader)
)
SELECT (SELECT count(*) FROM fresh) AS events, count(notify(user_id, kind, $1, data)) AS notifications
FROM (SELECT * FROM told ORDER BY seq, user_id) AS told;
