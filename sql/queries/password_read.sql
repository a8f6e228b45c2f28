-- The hash of a user's password, by primary key. $1 user
SELECT password_hash FROM users WHERE id = $1::bigint AND active;
