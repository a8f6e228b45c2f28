-- Whether this connection is now the one that paces: of all processes one at a time looks for due lots and starts them, so that
-- what a sale allows at once is counted once. Until pacing_unlock.sql, or the connection's end, which comes when nothing is heard
-- of it for 10 s: a process that is stopped, or cut off, must not keep all the others from pacing, nor a sale from being paused.
-- The key is the ASCII text 'seri' and 3.
WITH lock AS MATERIALIZED (
    SELECT pg_try_advisory_lock(x'7365726900000003'::bigint) AS held
)
SELECT held,
       set_config('idle_session_timeout', CASE WHEN held THEN '10s' ELSE '0' END, false) AS patience,
       set_config('idle_in_transaction_session_timeout', '10s', false) AS patience_within
FROM lock;
