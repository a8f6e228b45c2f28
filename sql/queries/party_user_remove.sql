-- A user ($2) belongs to a party ($1) no more. No row: it did not.
WITH removed AS (
    DELETE FROM party_users WHERE party_id = $1::bigint AND user_id = $2::bigint RETURNING party_id
)
UPDATE parties p SET version = version + 1, updated_at = now() FROM removed WHERE p.id = removed.party_id RETURNING p.id;
