-- What a check of the chain needs, in order: $1 lot, $2 after this seq, $3 up to this seq, $4 at most. By primary key.
SELECT seq, public_part, private_part, salt, hash
FROM auction_events
WHERE auction_id = $1::bigint AND seq > $2::bigint AND seq <= $3::bigint
ORDER BY seq
LIMIT $4::bigint;
