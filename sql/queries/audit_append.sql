-- A batch of verdicts on bids for the audit log. A bid may name any lot: one that does not exist is left out, so
-- that a stranger's number cannot spoil the batch.
-- $1 ms, $2 users, $3 lots, $4 codes, $5 amounts, $6 counts, $7 addresses ('' unknown), $8 skews in ms (0 unknown)
INSERT INTO audit_log (at, user_id, action, auction_id, code, amount, count, address, details)
SELECT from_ms(entry.at_ms), nullif(entry.user_id, 0), 'bid', auctions.id, entry.code, nullif(entry.amount, 0),
       entry.count, nullif(entry.address, '')::inet,
       CASE WHEN entry.skew_ms = 0 THEN '{}'::jsonb ELSE jsonb_build_object('skewMs', entry.skew_ms) END
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::bigint[])
     AS entry (at_ms, user_id, auction_id, code, amount, count, address, skew_ms)
LEFT JOIN auctions ON auctions.id = entry.auction_id
