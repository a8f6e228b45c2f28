-- Ends sessions of user $1: the one with id $2, or, when that is null, all but $3 (0: all). $4 why, $5 who wants it, $6 the asker's
-- address. One row for each that ended.
WITH ended AS (
    UPDATE sessions SET ended_at = now(), end_reason = $4::text
    WHERE user_id = $1::bigint AND ended_at IS NULL AND id <> $3::bigint AND id = coalesce($2::bigint, id)
    RETURNING id
), logged AS (
    INSERT INTO audit_log (user_id, action, address, count, details)
    SELECT $5::bigint, 'sessions_ended', $6::text::inet, count(*), jsonb_build_object('userId', $1::bigint)
    FROM ended HAVING count(*) > 0
)
SELECT id FROM ended;
