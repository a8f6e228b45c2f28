-- One at a time may make the next demo sale; until the end of the transaction.
-- The key is the ASCII text 'seri' followed by 2.
SELECT pg_advisory_xact_lock(x'7365726900000002'::bigint)
