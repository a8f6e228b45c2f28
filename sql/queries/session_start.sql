-- Begins a session with its first refresh token, for a user who is still active, and tells who that is.
-- $1 user, $2 digest of the token, $3 lifetime in seconds, $4 user agent or null, $5 address
WITH begun AS (
    INSERT INTO sessions (user_id, expires_at, user_agent, address)
    SELECT id, now() + $3::bigint * interval '1 second', $4::text, $5::text::inet
    FROM users WHERE id = $1::bigint AND active
    RETURNING id, user_id, address
), issued AS (
    INSERT INTO refresh_tokens (token_digest, session_id) SELECT $2::bytea, id FROM begun
), logged AS (
    INSERT INTO audit_log (user_id, action, address) SELECT user_id, 'login', address FROM begun
)
SELECT begun.id AS session_id, begun.user_id, u.role, user_json(u) AS json
FROM begun JOIN users u ON u.id = begun.user_id;
