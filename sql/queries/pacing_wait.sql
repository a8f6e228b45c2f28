-- Waits until whoever paces has carried out what it read before: after this no lot of a sale that is paused is started by the
-- clock. The lock is given back at once, with the statement's transaction.
SELECT pg_advisory_xact_lock(x'7365726900000003'::bigint);
