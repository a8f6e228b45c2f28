-- Ends sessions at their holder's wish: $1 a session (0: none), $2 the digest of a refresh token (null: none).
UPDATE sessions SET ended_at = now(), end_reason = 'logout'
WHERE id IN ($1::bigint, (SELECT session_id FROM refresh_tokens WHERE token_digest = $2::bytea)) AND ended_at IS NULL
RETURNING id;
