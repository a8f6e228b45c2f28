-- An administrator ($9) enters an account: $1 email, $2 name, $3 password_hash (one that nothing matches: see $6), $4 role,
-- $5 language, $6 whether the person is to choose the password, by a letter with $7 the digest of a token and $8 the link;
-- following it confirms the address too. Until then it counts as confirmed, on the administrator's word. $10 the asker's address.
-- The unique index users_email_key refuses an e-mail that is taken, in any case of letters.
WITH made AS (
    INSERT INTO users (email, name, password_hash, role, language) VALUES ($1::text, $2::text, $3::text, $4::text, $5::text)
    RETURNING id, role
), logged AS (
    INSERT INTO audit_log (user_id, action, address, details)
    SELECT $9::bigint, 'user_entered', $10::text::inet, jsonb_build_object('userId', id, 'role', role) FROM made
)
SELECT id, CASE WHEN $6::boolean
                THEN letter_add(id, NULL, 'reset', $7::bytea, interval '7 days', 'invitation', $8::text) END
FROM made;
