-- The same password under today's parameters; not if it was changed meanwhile. $1 user, $2 old hash, $3 new hash
UPDATE users SET password_hash = $3::text WHERE id = $1::bigint AND password_hash = $2::text;
