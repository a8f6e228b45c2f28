-- Changes what is said of a medium: $1 id, $2 the body, $3 entity tags of which one must be the version's, $4 any version will
-- do. Members that the body does not have stay. outcome: done, missing, stale.
WITH body AS MATERIALIZED (
    SELECT $2::text::jsonb AS b
), target AS MATERIALIZED (
    SELECT id, horse_id, $4::boolean OR '"' || version || '"' = ANY ($3::text[]) AS fits
    FROM media WHERE id = $1::bigint FOR UPDATE
), changed AS (
    UPDATE media m
    SET caption = coalesce(b->>'caption', caption),
        position = coalesce((b->>'position')::numeric::integer, position),
        private = coalesce((b->>'private')::boolean, private),
        version = version + 1,
        updated_at = now()
    FROM body, target
    WHERE m.id = target.id AND target.fits
    RETURNING m.horse_id
), horse AS (
    UPDATE horses h SET version = version + 1, updated_at = now() FROM changed WHERE h.id = changed.horse_id
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM changed) THEN 'done'
            ELSE 'stale' END AS outcome;
