-- Sets what a user ($1) wants, element by element: $2 kinds, $3 live (1 or 0), $4 by mail (1 or 0). Kinds that are not named
-- stay. By primary key.
INSERT INTO notification_settings (user_id, kind, socket, mail)
SELECT $1::bigint, kind, socket = 1, mail = 1
FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS wanted (kind, socket, mail)
ON CONFLICT (user_id, kind) DO UPDATE SET socket = excluded.socket, mail = excluded.mail;
