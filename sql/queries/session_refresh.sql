-- Exchanges a refresh token ($1 its digest) for the next ($2 digest) and moves the session's end to $3 seconds from now.
-- $4 user agent or null, $5 address, $6 grace in seconds.
-- A token that was used before ends the session: one of its two holders is a thief. But an answer can be lost, and two tabs can
-- ask at once: within the grace, from the same kind of client, and while the next token (which is made from this one, and so the
-- same for both) has not been used, the exchange is answered again. A thief gains nothing by it: the two of them then hold the
-- same token, and the second to use that one is found out.
-- The rows are locked, so of two exchanges at once the later one sees the token used. Digests used longer ago than a session
-- lasts are forgotten. No row: no such token. outcome: done, reused, or over (ended, expired, or the user is not active). role and
-- json come along, for the old token is spent and the answer must not hang on one more query.
WITH presented AS MATERIALIZED (
    SELECT t.token_digest, t.session_id, t.used_at, s.user_id, u.role, user_json(u) AS json,
           CASE WHEN t.used_at IS NOT NULL
                     AND NOT coalesce(s.ended_at IS NULL AND s.spent_digest = $1::bytea AND s.next_digest = $2::bytea
                                      AND s.spent_at > now() - $6::bigint * interval '1 second'
                                      AND s.user_agent IS NOT DISTINCT FROM $4::text, false)
                THEN 'reused'
                WHEN s.ended_at IS NULL AND s.expires_at > now() AND u.active THEN 'done'
                ELSE 'over'
           END AS outcome
    FROM refresh_tokens t
    JOIN sessions s ON s.id = t.session_id
    JOIN users u ON u.id = s.user_id
    WHERE t.token_digest = $1
    FOR UPDATE OF t, s
), spent AS (
    UPDATE refresh_tokens t SET used_at = now()
    FROM presented p WHERE t.token_digest = p.token_digest AND p.outcome = 'done' AND p.used_at IS NULL
    RETURNING t.session_id
), issued AS (
    INSERT INTO refresh_tokens (token_digest, session_id) SELECT $2, session_id FROM spent
), prolonged AS (
    UPDATE sessions s
    SET expires_at = now() + $3::bigint * interval '1 second', last_seen_at = now(), user_agent = $4, address = $5::text::inet,
        spent_digest = $1, next_digest = $2, spent_at = now()
    FROM spent WHERE s.id = spent.session_id
), forgotten AS (
    DELETE FROM refresh_tokens t USING spent
    WHERE t.session_id = spent.session_id AND t.used_at < now() - $3::bigint * interval '1 second'
), ended AS (
    UPDATE sessions s SET ended_at = now(), end_reason = 'reuse'
    FROM presented p WHERE s.id = p.session_id AND p.outcome = 'reused' AND s.ended_at IS NULL
    RETURNING s.user_id
), logged AS (
    INSERT INTO audit_log (user_id, action, address) SELECT user_id, 'refresh_token_reused', $5::text::inet FROM ended
)
SELECT outcome, session_id, user_id, role, json FROM presented;
