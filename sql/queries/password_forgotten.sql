-- A letter with a link to choose a new password, to the active user with the address $1: $2 digest of the token, $3 link, $4 the
-- asker's address. Known or not, an entry of the audit log is written, so that the time does not tell.
WITH person AS MATERIALIZED (
    SELECT id FROM users WHERE lower(email) = lower($1::text) AND active
), logged AS (
    INSERT INTO audit_log (user_id, action, address)
    SELECT person.id, 'password_forgotten', $4::text::inet FROM (VALUES (1)) AS once (one) LEFT JOIN person ON true
)
SELECT letter_add(id, NULL, 'reset', $2::bytea, interval '1 hour', 'reset_password', $3::text) FROM person;
