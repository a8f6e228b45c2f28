-- Of the clients connected to a node, those who are no longer what it believes: $1 their users, $2 their sessions, $3 the
-- roles believed, element by element. Only the differing come back, by their place in the arrays (from 1); role null: the
-- session ended or the user is inactive. The roles themselves are compared, so that any change is seen, whoever made it.
-- Primary keys throughout.
SELECT now_is.place, now_is.role
FROM (SELECT c.place, c.believed,
             CASE WHEN u.active AND s.ended_at IS NULL AND s.id IS NOT NULL THEN u.role END AS role
      FROM unnest($1::bigint[], $2::bigint[], $3::text[]) WITH ORDINALITY AS c (user_id, session_id, believed, place)
      JOIN users u ON u.id = c.user_id
      LEFT JOIN sessions s ON s.id = c.session_id AND s.user_id = u.id) AS now_is
WHERE now_is.role IS DISTINCT FROM now_is.believed;
