-- The end of what pacing_lock.sql began; the connection may now be silent for as long as it likes.
SELECT pg_advisory_unlock(x'7365726900000003'::bigint), set_config('idle_session_timeout', '0', false);
