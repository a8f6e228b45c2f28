-- What a user ($1) wants to be told, and how: every kind, in the order of its table.
SELECT json_build_object('items', json_agg(json_build_object(
           'kind', k.kind, 'socket', coalesce(s.socket, k.socket), 'mail', coalesce(s.mail, k.mail)) ORDER BY k.position))::text AS json
FROM notification_kinds k
LEFT JOIN notification_settings s ON s.kind = k.kind AND s.user_id = $1::bigint;
