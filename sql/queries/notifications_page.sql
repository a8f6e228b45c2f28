-- A page of what a user ($1) was told, newest first: $2 before this id, $3 at most, $4 only what is unread. By user and id.
SELECT n.id::text AS cursor, notification_json(n) AS json
FROM notifications n
WHERE n.user_id = $1::bigint AND n.id < $2::bigint AND (NOT $4::boolean OR n.read_at IS NULL)
ORDER BY n.id DESC
LIMIT $3::bigint;
