-- A letter to an address ($2) that user $1 wants to have: $3 digest of the token, $4 link, $5 the asker's address. An address that
-- has an account gets none; the asker does not learn which it was.
WITH logged AS (
    INSERT INTO audit_log (user_id, action, address) VALUES ($1::bigint, 'email_change_asked', $5::text::inet)
)
SELECT letter_add($1, $2::text, 'confirm', $3::bytea, interval '1 hour', 'confirm_new_email', $4::text)
WHERE NOT EXISTS (SELECT FROM users WHERE lower(email) = lower($2));
