-- A page of a lot's public ledger: $1 lot, $2 after this seq, $3 at most. By primary key.
SELECT seq::text AS cursor, public_event(event) AS json
FROM auction_events AS event
WHERE auction_id = $1::bigint AND seq > $2::bigint
ORDER BY seq
LIMIT $3::bigint;
