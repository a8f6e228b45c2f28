-- Whether there is or was a medium ($1 id; $2 is not looked at). Two primary keys.
SELECT id FROM media WHERE id = $1::bigint AND $2::boolean IS NOT NULL
UNION ALL
(SELECT media_id FROM media_views WHERE media_id = $1 LIMIT 1);
