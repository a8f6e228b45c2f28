-- An administrator ($4) erases an account: $1 id, $2 entity tags, $3 any version will do, $5 the asker's address. What is left is
-- the number that the ledger, registrations, orders and the audit log speak of, without a name: bids and sales must stay provable.
-- Sessions keep no device and no address; settings, watch list, notifications, letters and ties to consignors go. What a person
-- told of themselves to be admitted to a sale goes too, except where a lot was bought: that invoice must be kept.
-- Behind users_lock.sql, under the rules of user_update.sql. outcome: done, missing, stale, own, not_admin, leading (of a lot that is on).
WITH target AS MATERIALIZED (
    SELECT u.id,
           CASE WHEN NOT EXISTS (SELECT FROM users WHERE id = $4::bigint AND role = 'admin' AND active) THEN 'not_admin'
                WHEN NOT ($3::boolean OR '"' || u.version || '"' = ANY ($2::text[])) THEN 'stale'
                WHEN u.id = $4 THEN 'own'
                WHEN EXISTS (SELECT FROM auctions a WHERE a.status IN ('active', 'paused') AND a.leader = u.id) THEN 'leading'
                ELSE 'done' END AS outcome
    FROM users u WHERE u.id = $1::bigint AND u.erased_at IS NULL
), gone AS (
    UPDATE users u
    SET email = 'erased-' || u.id || '@invalid', name = '—', password_hash = '', role = 'viewer', active = false, erased_at = now()
    FROM target t WHERE u.id = t.id AND t.outcome = 'done'
    RETURNING u.id
), sessions_gone AS (
    UPDATE sessions s
    SET ended_at = coalesce(s.ended_at, now()), end_reason = coalesce(s.end_reason, 'admin'), user_agent = NULL, address = NULL
    FROM gone WHERE s.user_id = gone.id
), tokens_gone AS (
    DELETE FROM account_tokens t USING gone WHERE t.user_id = gone.id
), letters_gone AS (
    DELETE FROM jobs j USING gone WHERE j.kind = 'mail' AND j.state <> 'done' AND (j.payload->>'userId')::bigint = gone.id
), notifications_gone AS (
    DELETE FROM notifications n USING gone WHERE n.user_id = gone.id
), watchlist_gone AS (
    DELETE FROM watchlist w USING gone WHERE w.user_id = gone.id
), settings_gone AS (
    DELETE FROM notification_settings n USING gone WHERE n.user_id = gone.id
), applications_gone AS (
    UPDATE registrations r
    SET owner_number = NULL, principal = NULL, invoice_name = NULL, invoice_address = NULL, version = r.version + 1
    FROM gone
    WHERE r.user_id = gone.id
      AND NOT EXISTS (SELECT FROM auctions a WHERE a.sale_id = r.sale_id AND a.leader = gone.id AND a.status = 'sold')
), parties_gone AS (
    DELETE FROM party_users p USING gone WHERE p.user_id = gone.id
), logged AS (
    INSERT INTO audit_log (user_id, action, address, details)
    SELECT $4, 'user_erased', $5::text::inet, jsonb_build_object('userId', id) FROM gone
)
SELECT coalesce((SELECT outcome FROM target), 'missing') AS outcome;
