-- The office decides on a registration, or changes its terms, behind sale_lock.sql in the same transaction: $1 sale, $2 user, $3 the
-- body (status, paddle, creditLimit, reason), checked against its schema, $4 entity tags of which one must be the version's, $5 any
-- version will do, $6 who decides. What may become of what is the table below. A paddle is given, else the one there is, else the
-- lowest free; others have seen it once a bid stands, so then it stays. Approving makes a viewer a bidder: see the
-- trigger. outcome: done, missing, stale, fixed (with the reason as detail).
WITH life (before, after) AS (VALUES
    ('applied',  'approved'),
    ('applied',  'rejected'),
    ('rejected', 'approved'),
    ('approved', 'revoked'),
    ('revoked',  'approved')
), body AS MATERIALIZED (
    SELECT $3::text::jsonb AS b
), target AS MATERIALIZED (
    SELECT r.user_id, r.status AS was, coalesce(b->>'status', r.status) AS wanted, r.paddle AS old_paddle,
           (b->>'paddle')::numeric::integer AS new_paddle, r.exposure, u.role, u.active,
           $5::boolean OR '"' || r.version || '"' = ANY ($4::text[]) AS fits
    FROM registrations r
    JOIN users u ON u.id = r.user_id, body
    WHERE r.sale_id = $1::bigint AND r.user_id = $2::bigint
    FOR UPDATE OF r
), judged AS MATERIALIZED (
    SELECT target.*,
           CASE WHEN wanted <> was AND NOT EXISTS (SELECT FROM life WHERE before = was AND after = wanted)
                    THEN 'The registration cannot become that from what it is.'
                WHEN wanted = 'approved' AND NOT (active AND role IN ('viewer', 'bidder'))
                    THEN 'Only active users who are not of the office may bid.'
                WHEN new_paddle IS NOT NULL AND wanted <> 'approved' THEN 'Only the approved have a paddle.'
                WHEN new_paddle <> old_paddle
                     -- the exposure is of the row as locked: a bid that this statement waited for
                     AND (exposure > 0
                          OR EXISTS (SELECT FROM bids
                                     JOIN auctions a ON a.id = bids.auction_id
                                     WHERE bids.user_id = target.user_id AND a.sale_id = $1 AND bids.verdict <> 'refused'))
                    THEN 'The person has bid under the paddle there is.' END AS obstacle
    FROM target
), changed AS (
    UPDATE registrations r
    SET status = judged.wanted,
        paddle = CASE WHEN judged.wanted <> 'approved' THEN r.paddle ELSE
            coalesce(judged.new_paddle, r.paddle, (
                SELECT min(free.n)
                FROM generate_series(1, (SELECT count(*) + 1 FROM registrations WHERE sale_id = $1)) AS free (n)
                WHERE NOT EXISTS (SELECT FROM registrations taken WHERE taken.sale_id = $1 AND taken.paddle = free.n))) END,
        credit_limit = CASE WHEN b ? 'creditLimit' THEN (b->>'creditLimit')::numeric::bigint ELSE r.credit_limit END,
        reason = CASE WHEN b ? 'reason' OR judged.wanted <> judged.was THEN b->>'reason' ELSE r.reason END,
        decided_at = CASE WHEN judged.wanted <> judged.was THEN now() ELSE r.decided_at END,
        decided_by = CASE WHEN judged.wanted <> judged.was THEN $6::bigint ELSE r.decided_by END,
        version = r.version + 1
    FROM judged, body
    WHERE r.sale_id = $1 AND r.user_id = judged.user_id AND judged.fits AND judged.obstacle IS NULL
    RETURNING r.user_id, judged.was, judged.wanted
), logged AS (
    -- decisions are logged by the trigger
    INSERT INTO audit_log (user_id, action, sale_id, details)
    SELECT $6, 'registration_changed', $1, b || jsonb_build_object('userId', user_id) FROM changed, body WHERE was = wanted
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM changed) THEN 'done'
            WHEN NOT (SELECT fits FROM target) THEN 'stale'
            ELSE 'fixed' END AS outcome,
       (SELECT obstacle FROM judged) AS detail;
