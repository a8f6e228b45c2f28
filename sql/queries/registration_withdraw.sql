-- Takes one's own application or approval back: $1 sale, $2 who, $3 entity tags of which one must be the version's, $4 any version
-- will do, or none was named. Whoever leads a lot, has won one, or left a maximum is bound. outcome: done, missing, stale, fixed
-- (with the reason as detail).
WITH target AS MATERIALIZED (
    SELECT sale_id, user_id, $4::boolean OR '"' || version || '"' = ANY ($3::text[]) AS fits,
           CASE WHEN status IN ('rejected', 'revoked', 'withdrawn') THEN 'There is nothing to withdraw.'
                WHEN exposure > 0
                     OR EXISTS (SELECT FROM auctions a
                                WHERE a.sale_id = $1::bigint AND a.leader = $2::bigint AND a.status IN ('active', 'paused', 'sold'))
                    THEN 'A bid stands.' END AS obstacle
    FROM registrations WHERE sale_id = $1 AND user_id = $2 AND status <> 'withdrawn' FOR UPDATE
), changed AS (
    UPDATE registrations r SET status = 'withdrawn', reason = NULL, version = r.version + 1
    FROM target
    WHERE r.sale_id = target.sale_id AND r.user_id = target.user_id AND target.fits AND target.obstacle IS NULL
    RETURNING r.user_id
), logged AS (
    INSERT INTO audit_log (user_id, action, sale_id) SELECT user_id, 'registration_withdrawn', $1 FROM changed
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM changed) THEN 'done'
            WHEN NOT (SELECT fits FROM target) THEN 'stale'
            ELSE 'fixed' END AS outcome,
       (SELECT obstacle FROM target) AS detail;
