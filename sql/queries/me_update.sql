-- A person changes the own account: $1 id, $2 the body, $3 entity tags of which one must be the version's, $4 any version will do,
-- $5 who asks.
-- Members that the body does not have stay. outcome: done, missing, stale.
WITH body AS MATERIALIZED (
    SELECT $2::text::jsonb AS b
), target AS MATERIALIZED (
    SELECT id, $4::boolean OR '"' || version || '"' = ANY ($3::text[]) AS fits
    FROM users WHERE id = $1::bigint AND id = $5::bigint AND active FOR UPDATE
), changed AS (
    UPDATE users u SET name = coalesce(b->>'name', u.name), language = coalesce(b->>'language', u.language)
    FROM body, target WHERE u.id = target.id AND target.fits
    RETURNING u.id
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM changed) THEN 'done'
            ELSE 'stale' END AS outcome;
