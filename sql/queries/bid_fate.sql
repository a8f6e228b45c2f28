-- What became of a bid: $1 lot, $2 user, $3 bidId. No row: unknown. By primary key.
SELECT row_to_json(fate)::text AS json
FROM (SELECT bid_id AS "bidId", verdict, seq, nullif(amount, 0) AS amount, nullif(max_amount, 0) AS "maxAmount",
             refusal AS code, rfc3339(received_at) AS "receivedAt", to_ms(received_at) AS "receivedAtMs"
      FROM bids
      WHERE auction_id = $1::bigint AND user_id = $2::bigint AND bid_id = $3::uuid) AS fate;
