-- Deletes a sale of which nothing has come: $1 id, $2 entity tags of which one must be the version's, $3 any version will
-- do, $4 who asks. outcome: done, missing, stale, fixed (no draft, or with lots or registrations: with the reason as detail).
WITH target AS MATERIALIZED (
    SELECT id, name_ja, $3::boolean OR '"' || version || '"' = ANY ($2::text[]) AS fits,
           CASE WHEN status <> 'draft' THEN 'It is no draft.'
                WHEN EXISTS (SELECT FROM auctions a WHERE a.sale_id = sales.id) THEN 'It has lots.'
                WHEN EXISTS (SELECT FROM registrations r WHERE r.sale_id = sales.id) THEN 'It has registrations.' END AS obstacle
    FROM sales WHERE id = $1::bigint FOR UPDATE
), gone AS (
    DELETE FROM sales USING target
    WHERE sales.id = target.id AND target.fits AND target.obstacle IS NULL
    RETURNING sales.id
), logged AS (
    INSERT INTO audit_log (user_id, action, sale_id, details)
    SELECT $4::bigint, 'sale_deleted', target.id, jsonb_build_object('nameJa', target.name_ja) FROM target JOIN gone USING (id)
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM gone) THEN 'done'
            WHEN NOT (SELECT fits FROM target) THEN 'stale'
            ELSE 'fixed' END AS outcome,
       (SELECT obstacle FROM target) AS detail;
