-- Marks all that a user ($1) was told up to $2 as read, and tells how much is left unread: what came later. By the index of
-- what is unread.
WITH marked AS (
    UPDATE notifications SET read_at = now() WHERE user_id = $1::bigint AND id <= $2::bigint AND read_at IS NULL
)
SELECT count(*) AS unread FROM notifications WHERE user_id = $1 AND id > $2 AND read_at IS NULL;
