-- Deletes a lot that is a draft: $1 id, $2 entity tags of which one must be the version's, $3 any version will do, $4 who
-- asks. outcome: done, missing, stale, fixed (no draft any more).
WITH target AS MATERIALIZED (
    SELECT id, sale_id, lot_number, horse_id, status = 'draft' AS draft,
           $3::boolean OR '"' || version || '-' || seq || '"' = ANY ($2::text[]) AS fits
    FROM auctions WHERE id = $1::bigint FOR UPDATE
), gone AS (
    DELETE FROM auctions a USING target WHERE a.id = target.id AND target.fits AND target.draft RETURNING a.id
), logged AS (
    INSERT INTO audit_log (user_id, action, auction_id, sale_id, details)
    SELECT $4::bigint, 'lot_deleted', target.id, target.sale_id,
           jsonb_build_object('lotNumber', target.lot_number, 'horseId', target.horse_id)
    FROM target JOIN gone USING (id)
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM gone) THEN 'done'
            WHEN (SELECT draft FROM target) THEN 'stale'
            ELSE 'fixed' END AS outcome, NULL AS detail;
