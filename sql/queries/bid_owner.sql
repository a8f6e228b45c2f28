-- Whose bid it was ($1 the lot, $2 the seq of the bid or raise). One row by the unique index bids_seq; none for an unknown seq.
SELECT user_id FROM bids WHERE auction_id = $1::bigint AND seq = $2::bigint
