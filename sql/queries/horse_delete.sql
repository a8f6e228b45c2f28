-- Forgets a horse with its disclosures and media, whose files are orphans then: $1 id, $2 entity tags of which one must be the
-- version's, $3 any version will do, $4 who asks. A lot that has it stands against that, by its foreign key. outcome: done, missing, stale.
WITH target AS MATERIALIZED (
    SELECT id, display_name_ja(h) AS name, $3::boolean OR '"' || version || '"' = ANY ($2::text[]) AS fits
    FROM horses h WHERE id = $1::bigint FOR UPDATE
), media AS (
    DELETE FROM media m USING target WHERE m.horse_id = target.id AND target.fits RETURNING m.location
), thrown AS (
    INSERT INTO media_trash (location, due_at) SELECT location, now() FROM media WHERE location IS NOT NULL
), gone AS (
    DELETE FROM horses h USING target WHERE h.id = target.id AND target.fits RETURNING h.id
), logged AS (
    INSERT INTO audit_log (user_id, action, details)
    SELECT $4::bigint, 'horse_deleted', jsonb_build_object('horseId', target.id, 'name', target.name)
    FROM target JOIN gone USING (id)
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM gone) THEN 'done'
            ELSE 'stale' END AS outcome;
