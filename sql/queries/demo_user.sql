-- A demo account, made or put right again: $1 email, $2 name, $3 password_hash, $4 role. No row: the address belongs to
-- somebody's real account, which is left alone.
INSERT INTO users (email, name, password_hash, role, demo)
VALUES ($1, $2, $3, $4, true)
ON CONFLICT (lower(email)) DO UPDATE
SET name = excluded.name, password_hash = excluded.password_hash, role = excluded.role, active = true,
    access_version = users.access_version + CASE WHEN users.role <> excluded.role OR NOT users.active THEN 1 ELSE 0 END
WHERE users.demo
RETURNING id
