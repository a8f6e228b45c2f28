-- An administrator ($5) changes an account: $1 id, $2 the body, $3 entity tags of which one must be the version's, $4 any version
-- will do, $6 the asker's address. Members that the body does not have stay. Whoever is made inactive is out at once.
-- Runs behind users_lock.sql in the same transaction. As nobody changes the own role or activity, and only an active administrator
-- changes another's, there always is one.
-- outcome: done, missing, stale, own (not one's own role or activity), not_admin (any more).
-- users_bidder_confirmed refuses a bidder whose address is not confirmed.
WITH body AS MATERIALIZED (
    SELECT $2::text::jsonb AS b
), target AS MATERIALIZED (
    SELECT u.id, u.role, u.active,
           CASE WHEN NOT EXISTS (SELECT FROM users WHERE id = $5::bigint AND role = 'admin' AND active) THEN 'not_admin'
                WHEN NOT ($4::boolean OR '"' || u.version || '"' = ANY ($3::text[])) THEN 'stale'
                WHEN u.id = $5 AND (b->>'role' <> u.role OR (b->>'active')::boolean <> u.active) THEN 'own'
                ELSE 'done' END AS outcome
    FROM body, users u WHERE u.id = $1::bigint AND u.erased_at IS NULL
), changed AS (
    UPDATE users u
    SET name = coalesce(b->>'name', u.name), language = coalesce(b->>'language', u.language),
        role = coalesce(b->>'role', u.role), active = coalesce((b->>'active')::boolean, u.active)
    FROM body, target t WHERE u.id = t.id AND t.outcome = 'done'
    RETURNING u.id, u.role, u.active, t.role AS old_role, t.active AS old_active, b
), ended AS (
    UPDATE sessions s SET ended_at = now(), end_reason = 'admin'
    FROM changed c WHERE s.user_id = c.id AND NOT c.active AND s.ended_at IS NULL
), logged AS (
    INSERT INTO audit_log (user_id, action, address, details)
    SELECT $5, 'user_changed', $6::text::inet, jsonb_strip_nulls(jsonb_build_object(
               'userId', id, 'members', (SELECT jsonb_agg(key ORDER BY key) FROM jsonb_object_keys(b) AS key),
               'role', CASE WHEN role <> old_role THEN jsonb_build_array(old_role, role) END,
               'active', CASE WHEN active <> old_active THEN jsonb_build_array(old_active, active) END))
    FROM changed
)
SELECT coalesce((SELECT outcome FROM target), 'missing') AS outcome;
