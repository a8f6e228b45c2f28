-- The end of what pacing_lock.sql began.
SELECT pg_advisory_unlock(x'7365726900000003'::bigint);
