-- A page of a lot's bids, newest first: $1 lot, $2 before this seq, $3 at most. An answer of the house is taken back
-- with the bid that it answered. By the ledger's primary key, backwards, and bids_seq.
SELECT e.seq::text AS cursor, row_to_json(bid)::text AS json
FROM auction_events e
CROSS JOIN LATERAL (SELECT e.public_part::jsonb AS said) AS part
CROSS JOIN LATERAL (
    SELECT e.seq, (said->>'amount')::bigint AS amount, (said->>'paddle')::bigint AS paddle,
           coalesce((said->>'auto')::boolean, false) AS auto, rfc3339(e.at) AS at, to_ms(e.at) AS "atMs",
           EXISTS (SELECT FROM bids b
                   WHERE b.auction_id = e.auction_id AND b.verdict = 'retracted'
                     AND b.seq = coalesce((said->>'cause')::bigint, e.seq)) AS retracted) AS bid
WHERE e.auction_id = $1::bigint AND e.kind = 'bid' AND e.seq < $2::bigint
ORDER BY e.seq DESC
LIMIT $3::bigint;
