-- Every event of a lot ($1), in order: a range of the primary key.
SELECT seq, kind, public_part, private_part
FROM auction_events
WHERE auction_id = $1::bigint
ORDER BY seq;
