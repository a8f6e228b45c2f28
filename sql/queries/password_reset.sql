-- Follows a letter's link ($1 its digest) to a new password ($2 its hash) and ends all sessions. Who can follow it can read what is
-- sent to the address, which is confirmed thereby. $3 the asker's address. No row: no such link, used, expired, sent to an address
-- that is not the user's any more, or the account is closed.
WITH presented AS MATERIALIZED (
    SELECT t.user_id
    FROM account_tokens t
    JOIN users u ON u.id = t.user_id
    WHERE t.token_digest = $1::bytea AND t.purpose = 'reset' AND t.used_at IS NULL AND t.expires_at > now()
      AND u.active AND lower(u.email) = lower(t.email)
    FOR UPDATE OF t, u
), changed AS (
    UPDATE users u SET password_hash = $2::text, email_confirmed_at = coalesce(u.email_confirmed_at, now())
    FROM presented p WHERE u.id = p.user_id
    RETURNING u.id
), spent AS (
    UPDATE account_tokens t SET used_at = now(), password_hash = NULL, name = NULL, language = NULL
    FROM changed c WHERE t.user_id = c.id AND t.used_at IS NULL
), ended AS (
    UPDATE sessions s SET ended_at = now(), end_reason = 'password'
    FROM changed c WHERE s.user_id = c.id AND s.ended_at IS NULL
), logged AS (
    INSERT INTO audit_log (user_id, action, address) SELECT id, 'password_reset', $3::text::inet FROM changed
)
SELECT id AS user_id, mail_add(id, 'password_changed') FROM changed;
