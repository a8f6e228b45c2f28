-- Who opened a medium ($1 id), newest first: $2 and $4 before this place (the link's end in ms,
-- 0 for the start, and the user), $3 at most.
-- One range of the primary key.
SELECT json_build_object('userId', u.id, 'name', u.name, 'email', u.email, 'viewedAt', rfc3339(v.viewed_at),
                         'address', host(v.address))::text AS json,
       to_ms(v.link_until) || '.' || v.user_id AS cursor
FROM media_views v
JOIN users u ON u.id = v.user_id
WHERE v.media_id = $1::bigint
  AND ($2::bigint = 0 OR (v.link_until, v.user_id) < (from_ms($2), $4::bigint))
ORDER BY v.link_until DESC, v.user_id DESC
LIMIT $3::bigint;
