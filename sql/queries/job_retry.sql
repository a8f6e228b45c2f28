-- Gives a dead job ($1) all its attempts again, from now on; $2 who says so. outcome: done, fixed (it is not dead). No row: no
-- such job. By primary key.
WITH found AS MATERIALIZED (
    SELECT id, state FROM jobs WHERE id = $1::bigint FOR UPDATE
), revived AS (
    UPDATE jobs SET state = 'waiting', attempts = 0, due_at = now(), finished_at = NULL
    FROM found WHERE jobs.id = found.id AND found.state = 'dead'
), logged AS (
    INSERT INTO audit_log (user_id, action, details)
    SELECT $2::bigint, 'job_retried', jsonb_build_object('jobId', id) FROM found WHERE state = 'dead'
)
SELECT CASE state WHEN 'dead' THEN 'done' ELSE 'fixed' END AS outcome FROM found;
