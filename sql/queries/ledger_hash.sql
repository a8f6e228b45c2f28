-- The hash of one event ($1 the lot, $2 its seq): whether a commit whose answer was lost took place. By primary key.
SELECT hash FROM auction_events WHERE auction_id = $1::bigint AND seq = $2::bigint;
