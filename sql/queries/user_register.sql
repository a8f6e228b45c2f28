-- A person registers: $1 email, $2 name, $3 password_hash, $4 language, $5 digest of the token, $6 link to confirm the address
-- with it, $7 link to choose a new password with it, $8 the asker's address. Every case writes an entry of the audit log and
-- returns nothing, so that neither answer nor time tells which it was:
--   a new address: the account is made, and gets a letter with $6;
--   one that was registered and never confirmed: a letter with $6, which puts name and password of now in the place of the old;
--   one with an account: a letter that says so, with $7;
--   of an account that is closed, or taken at this very moment: no letter.
WITH known AS MATERIALIZED (
    SELECT id, active, email_confirmed_at IS NOT NULL AS confirmed FROM users WHERE lower(email) = lower($1::text)
), made AS (
    INSERT INTO users (email, name, password_hash, language, email_confirmed_at)
    SELECT $1, $2::text, $3::text, $4::text, NULL WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT (lower(email)) DO NOTHING
    RETURNING id
), logged AS (
    INSERT INTO audit_log (user_id, action, address)
    SELECT coalesce(made.id, known.id), CASE WHEN made.id IS NULL THEN 'registered_again' ELSE 'registered' END, $8::text::inet
    FROM (VALUES (1)) AS once (one)
    LEFT JOIN made ON true
    LEFT JOIN known ON true
)
SELECT CASE WHEN made.id IS NOT NULL
            THEN letter_add(made.id, NULL, 'confirm', $5::bytea, interval '3 days', 'confirm_email', $6::text)
            WHEN NOT known.confirmed
            THEN letter_add(known.id, NULL, 'confirm', $5, interval '3 days', 'confirm_email', $6, $3, $2, $4)
            ELSE letter_add(known.id, NULL, 'reset', $5, interval '1 hour', 'already_registered', $7::text) END
FROM (VALUES (1)) AS once (one)
LEFT JOIN made ON true
LEFT JOIN known ON known.active
WHERE made.id IS NOT NULL OR known.id IS NOT NULL;
