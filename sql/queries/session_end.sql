-- Ends sessions at their holder's wish: $1 a session (0: none), $2 the digest of a refresh token (null: none), $3 whether all
-- others of their users are meant too. One row for each that ended.
WITH named AS MATERIALIZED (
    SELECT id, user_id FROM sessions
    WHERE id IN ($1::bigint, (SELECT session_id FROM refresh_tokens WHERE token_digest = $2::bytea)) AND ended_at IS NULL
)
UPDATE sessions SET ended_at = now(), end_reason = CASE WHEN id IN (SELECT id FROM named) THEN 'logout' ELSE 'ended' END
WHERE (id IN (SELECT id FROM named) OR $3::boolean AND user_id IN (SELECT user_id FROM named)) AND ended_at IS NULL
RETURNING id;
