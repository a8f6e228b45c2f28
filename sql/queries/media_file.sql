-- What it takes to show the file of a medium ($1 id; $2 a user or null), and whether that user may see what is private of the
-- horse. No row for one that is a link. One primary key, then indexes.
SELECT m.horse_id, m.kind, m.private, m.location, m.content_type, m.size, encode(m.sha256, 'hex') AS digest,
       NOT m.private OR coalesce(may_see_private_media($2::bigint, m.horse_id), false) AS allowed
FROM media m
WHERE m.id = $1::bigint AND m.location IS NOT NULL;
