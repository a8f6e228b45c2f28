-- A user ($2) belongs to a party ($1) no more; $3 who says so. No row: it did not.
WITH removed AS (
    DELETE FROM party_users WHERE party_id = $1::bigint AND user_id = $2::bigint RETURNING party_id, user_id
), logged AS (
    INSERT INTO audit_log (user_id, action, details)
    SELECT $3::bigint, 'party_user_removed', jsonb_build_object('partyId', party_id, 'userId', user_id) FROM removed
)
UPDATE parties p SET version = version + 1, updated_at = now() FROM removed WHERE p.id = removed.party_id RETURNING p.id;
