-- Follows a letter's link ($1 its digest): the address that it was sent to becomes the account's and is confirmed; if the link
-- is of a later registration, so are its name and password, and whoever was logged in by another password is out. Of all such
-- links of the user only one serves. $2 the asker's address. No row: no such link, expired, or the account is closed.
-- A link followed again answers as at first as long as nothing has changed since; `ended`: whether sessions were.
-- The unique index users_email_key refuses an address that somebody else has taken meanwhile.
WITH presented AS MATERIALIZED (
    SELECT t.user_id, t.email, t.password_hash, t.name, t.language, t.used_at IS NULL AS fresh, u.email AS old_email
    FROM account_tokens t
    JOIN users u ON u.id = t.user_id
    WHERE t.token_digest = $1::bytea AND t.purpose = 'confirm' AND u.active
      AND (t.used_at IS NULL AND t.expires_at > now()
           OR t.used_at IS NOT NULL AND u.email_confirmed_at IS NOT NULL AND u.email = t.email)
    FOR UPDATE OF t, u
), confirmed AS (
    UPDATE users u
    SET email = p.email, email_confirmed_at = now(), password_hash = coalesce(p.password_hash, u.password_hash),
        name = coalesce(p.name, u.name), language = coalesce(p.language, u.language)
    FROM presented p WHERE u.id = p.user_id AND p.fresh
    RETURNING u.id, p.old_email, lower(p.email) <> lower(p.old_email) AS moved
), spent AS (
    UPDATE account_tokens t SET used_at = now(), password_hash = NULL, name = NULL, language = NULL
    FROM confirmed c WHERE t.user_id = c.id AND t.purpose = 'confirm' AND t.used_at IS NULL
), ended AS (
    UPDATE sessions s SET ended_at = now(), end_reason = 'password'
    FROM presented p WHERE s.user_id = p.user_id AND p.fresh AND p.password_hash IS NOT NULL AND s.ended_at IS NULL
    RETURNING s.id
), logged AS (
    INSERT INTO audit_log (user_id, action, address)
    SELECT id, CASE WHEN moved THEN 'email_changed' ELSE 'email_confirmed' END, $2::text::inet FROM confirmed
), told AS (
    INSERT INTO jobs (kind, payload)
    SELECT 'mail', jsonb_build_object('userId', id, 'address', old_email, 'template', 'email_changed', 'data', '{}'::jsonb)
    FROM confirmed WHERE moved
)
SELECT p.user_id, EXISTS (SELECT FROM ended) AS ended FROM presented p;
