-- Takes a lot ($2) off a user's ($1) watch list, if it is on it. By primary key.
DELETE FROM watchlist WHERE user_id = $1::bigint AND auction_id = $2::bigint;
