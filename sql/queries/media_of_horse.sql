-- The media of a horse ($1 id) in their order, as $2 (a user, or null) may see them; $3 whether that is the office. One
-- index; a horse has a hundred at most.
SELECT media_json(m, $3::boolean)::text AS json, m.id::text AS cursor
FROM media m
WHERE m.horse_id = $1::bigint
  AND (NOT m.private OR $3 OR (SELECT may_see_private_media($2::bigint, $1)))
ORDER BY m.position, m.id;
