-- Forgets notifications that were read more than $1 days ago, and unread ones of more than four times that, a thousand at
-- most of each. By the index of what is read, and by primary key from the oldest on.
DELETE FROM notifications
WHERE id IN ((SELECT id FROM notifications WHERE read_at < now() - $1::bigint * interval '1 day' ORDER BY read_at LIMIT 1000)
             UNION ALL
             (SELECT id FROM (SELECT id, created_at FROM notifications ORDER BY id LIMIT 1000) AS oldest
              WHERE created_at < now() - 4 * $1 * interval '1 day'));
