-- Forgets a medium: $1 id, $2 entity tags of which one must be the version's, $3 any version will do, $4 who asks. Its file is
-- an orphan then; who saw it stays known. outcome: done, missing, stale.
WITH target AS MATERIALIZED (
    SELECT id, $3::boolean OR '"' || version || '"' = ANY ($2::text[]) AS fits
    FROM media WHERE id = $1::bigint FOR UPDATE
), gone AS (
    DELETE FROM media m USING target WHERE m.id = target.id AND target.fits
    RETURNING m.id, m.horse_id, m.kind, m.caption, m.location
), thrown AS (
    INSERT INTO media_trash (location, due_at) SELECT location, now() FROM gone WHERE location IS NOT NULL
), horse AS (
    UPDATE horses h SET version = version + 1, updated_at = now() FROM gone WHERE h.id = gone.horse_id
), logged AS (
    INSERT INTO audit_log (user_id, action, details)
    SELECT $4::bigint, 'media_deleted', jsonb_build_object('mediaId', id, 'horseId', horse_id, 'kind', kind, 'caption', caption)
    FROM gone
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM gone) THEN 'done'
            ELSE 'stale' END AS outcome;
