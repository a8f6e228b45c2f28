-- Whether this connection is now the one that paces: of all processes one at a time looks for due lots and starts them, so that
-- what a sale allows at once is counted once. Until pacing_unlock.sql, or the connection's end. The key is the ASCII text 'seri' and 3.
SELECT pg_try_advisory_lock(x'7365726900000003'::bigint) AS held;
