-- Takes the job that has been due longest and leases it for $1 seconds, in which nobody else gets it. Its number of attempts
-- counts from here, so that a job which kills its worker is not tried for ever. By the index of what is due, past what others
-- are just taking.
UPDATE jobs
SET due_at = now() + $1::bigint * interval '1 second', attempts = attempts + 1
WHERE id = (SELECT id FROM jobs WHERE state = 'waiting' AND due_at <= now() ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, payload::text, attempts, to_ms(created_at) AS created_ms;
