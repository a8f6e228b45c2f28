-- A new password ($3 its hash) for user $1 in the place of the one with the hash $2, if it still is. All sessions but $4 end.
-- $5 the asker's address. No row: it was changed meanwhile.
WITH changed AS (
    UPDATE users SET password_hash = $3::text WHERE id = $1::bigint AND password_hash = $2::text AND active
    RETURNING id
), spent AS (
    UPDATE account_tokens t SET used_at = now(), password_hash = NULL, name = NULL, language = NULL
    FROM changed c WHERE t.user_id = c.id AND t.purpose = 'reset' AND t.used_at IS NULL
), ended AS (
    UPDATE sessions s SET ended_at = now(), end_reason = 'password'
    FROM changed c WHERE s.user_id = c.id AND s.id <> $4::bigint AND s.ended_at IS NULL
), logged AS (
    INSERT INTO audit_log (user_id, action, address) SELECT id, 'password_changed', $5::text::inet FROM changed
)
SELECT id AS user_id, mail_add(id, 'password_changed') FROM changed;
