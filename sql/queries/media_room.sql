-- Whether a horse ($1 id) may have one more: before an upload begins. $2 the most. No row: there is no such horse.
SELECT (SELECT count(*) FROM media WHERE horse_id = h.id) < $2::bigint AS room FROM horses h WHERE h.id = $1::bigint;
