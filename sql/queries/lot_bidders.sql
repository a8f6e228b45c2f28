-- Who has made a bid at a lot ($1), or left a maximum before it started: at most $2. By the key of the bids.
SELECT DISTINCT user_id FROM bids WHERE auction_id = $1::bigint AND verdict <> 'refused' LIMIT $2::bigint;
