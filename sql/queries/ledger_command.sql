-- The memory of an auctioneer's command ($1 the lot, $2 commandId): a repeat gets the first answer. By primary key.
SELECT user_id, kind, seq, content FROM commands WHERE auction_id = $1::bigint AND command_id = $2::uuid;
