-- Marks one of a user's ($1) notifications ($2) as read; one that is keeps its hour. No row: no such one. By primary key.
WITH marked AS (
    UPDATE notifications SET read_at = now() WHERE id = $2::bigint AND user_id = $1::bigint AND read_at IS NULL
)
SELECT id FROM notifications WHERE id = $2 AND user_id = $1;
