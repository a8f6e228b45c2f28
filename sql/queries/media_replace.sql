-- Another file in a medium's place: $1 id, $2 entity tags of which one must be the version's, $3 any version will do, $4 location,
-- $5 content type, $6 size, $7 sha256, $8 width, $9 height, $10 by whom. The new file is no orphan from here on, the old one is.
-- outcome: done, missing, stale.
WITH target AS MATERIALIZED (
    SELECT id, horse_id, location, $3::boolean OR '"' || version || '"' = ANY ($2::text[]) AS fits
    FROM media WHERE id = $1::bigint AND link IS NULL FOR UPDATE
), changed AS (
    UPDATE media m
    SET location = $4::text, content_type = $5::text, size = $6::bigint, sha256 = $7::bytea,
        width = nullif($8::bigint, 0)::integer, height = nullif($9::bigint, 0)::integer, added_by = $10::bigint,
        version = version + 1, updated_at = now()
    FROM target
    WHERE m.id = target.id AND target.fits
    RETURNING m.horse_id
), horse AS (
    UPDATE horses h SET version = version + 1, updated_at = now() FROM changed WHERE h.id = changed.horse_id
), kept AS (
    DELETE FROM media_trash WHERE location = $4 AND EXISTS (SELECT FROM changed)
), thrown AS (
    INSERT INTO media_trash (location, due_at) SELECT target.location, now() FROM target, changed
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM changed) THEN 'done'
            ELSE 'stale' END AS outcome;
