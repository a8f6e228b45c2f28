-- Takes the migrations' lock until the end of the transaction, or says that another program holds it.
-- The key is the ASCII text 'seri' followed by 1.
SELECT pg_try_advisory_xact_lock(x'7365726900000001'::bigint) AS locked
