-- Forgets a party and who belongs to it: $1 id, $2 entity tags of which one must be the version's, $3 any version will do, $4
-- who asks. A horse that it consigns stands against that, by its foreign key. outcome: done, missing, stale.
WITH target AS MATERIALIZED (
    SELECT id, $3::boolean OR '"' || version || '"' = ANY ($2::text[]) AS fits
    FROM parties WHERE id = $1::bigint FOR UPDATE
), members AS (
    DELETE FROM party_users m USING target WHERE m.party_id = target.id AND target.fits
), gone AS (
    DELETE FROM parties p USING target WHERE p.id = target.id AND target.fits RETURNING p.id
), logged AS (
    INSERT INTO audit_log (user_id, action, details)
    SELECT $4::bigint, 'party_deleted', jsonb_build_object('partyId', gone.id) FROM gone
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM gone) THEN 'done'
            ELSE 'stale' END AS outcome;
