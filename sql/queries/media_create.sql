-- A medium of a horse: $1 horse, $2 kind, $3 private, $4 caption, $5 position or null for the end, $6 link or null, $7 location,
-- $8 content type, $9 size, $10 sha256, $11 width, $12 height, $13 by whom, $14 the most that a horse may have. Its file is no
-- orphan from here on, and the horse is another version. No row: there is no such horse, or it has too many.
WITH horse AS (
    UPDATE horses SET version = version + 1, updated_at = now()
    WHERE id = $1::bigint AND (SELECT count(*) FROM media WHERE horse_id = $1) < $14::bigint
    RETURNING id
), kept AS (
    DELETE FROM media_trash WHERE location = $7::text AND EXISTS (SELECT FROM horse)
)
INSERT INTO media (horse_id, kind, private, caption, position, link, location, content_type, size, sha256, width, height, added_by)
SELECT id, $2::text, $3::boolean, $4::text,
       coalesce($5::bigint, (SELECT max(position) + 1 FROM media WHERE horse_id = $1), 0)::integer,
       $6::text, $7, $8::text, $9::bigint, $10::bytea, nullif($11::bigint, 0)::integer, nullif($12::bigint, 0)::integer, $13::bigint
FROM horse
RETURNING id;
