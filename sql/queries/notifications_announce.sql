-- Takes up to 200 notifications that are still to be told live and marks them as told; the caller commits when it has told
-- them. `fresh`: live news of more than five minutes ago (Redis was away) is none, and is left to the list. By the index of
-- those not told, past what others are just telling.
WITH told AS (
    UPDATE notifications n SET announced_at = now()
    FROM (SELECT id FROM notifications WHERE announced_at IS NULL ORDER BY id LIMIT 200 FOR UPDATE SKIP LOCKED) AS due
    WHERE n.id = due.id
    RETURNING n
)
SELECT (n).user_id, (n).created_at > now() - interval '5 minutes' AS fresh, left(notification_json(n), -1) || ',"unread":' ||
       (SELECT count(*) FROM notifications u WHERE u.user_id = (n).user_id AND u.read_at IS NULL) || '}' AS json
FROM told
ORDER BY (n).id;
