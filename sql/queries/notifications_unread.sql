-- How much a user ($1) has not read. By the index of what is unread.
SELECT count(*) AS unread FROM notifications WHERE user_id = $1::bigint AND read_at IS NULL;
