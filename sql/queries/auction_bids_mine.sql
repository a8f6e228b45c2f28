-- A page of a bidder's own events of a lot, newest first, with what is secret of them: $1 lot, $2 user, $3 before this seq,
-- $4 at most. privatePart and salt are what the public event's "sealed" is the digest of. A maximum left before the start is
-- one event, and the bid that the start made of it another. By bids' primary key and the index auction_events_maxima; each
-- event by the ledger's primary key.
WITH own AS MATERIALIZED (
    SELECT seq, verdict, amount, max_amount FROM bids
    WHERE auction_id = $1::bigint AND user_id = $2::bigint AND seq IS NOT NULL
), seqs AS (
    SELECT seq FROM own
    UNION
    SELECT m.seq FROM auction_events m
    WHERE m.auction_id = $1 AND m.kind = 'maximum_left' AND (m.private_part::jsonb->>'userId')::bigint = $2
)
SELECT e.seq::text AS cursor, row_to_json(bid)::text AS json
FROM seqs
JOIN auction_events e ON e.auction_id = $1 AND e.seq = seqs.seq
LEFT JOIN own ON own.seq = e.seq
CROSS JOIN LATERAL (SELECT e.private_part::jsonb AS said) AS part
CROSS JOIN LATERAL (
    SELECT e.seq, e.kind AS type, (said->>'bidId')::uuid AS "bidId", (said->>'amount')::bigint AS amount,
           (said->>'maxAmount')::bigint AS "maxAmount", (e.public_part::jsonb->>'amount')::bigint AS price,
           rfc3339(e.at) AS at, to_ms(e.at) AS "atMs", coalesce(own.verdict = 'retracted', false) AS retracted,
           public_event(e)::json AS event, e.private_part AS "privatePart", encode(e.salt, 'hex') AS salt) AS bid
WHERE e.seq < $3::bigint
ORDER BY e.seq DESC
LIMIT $4::bigint;
