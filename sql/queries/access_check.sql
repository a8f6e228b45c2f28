-- Who the holder of a token is now ($1 user, $2 session): the role, or null when the session ended or the user is
-- inactive. No row: no such user. Two primary keys.
SELECT CASE WHEN u.active AND s.id IS NOT NULL THEN u.role END AS role
FROM users u
LEFT JOIN sessions s ON s.id = $2::bigint AND s.user_id = u.id AND s.ended_at IS NULL
WHERE u.id = $1::bigint;
