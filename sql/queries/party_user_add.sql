-- A user ($2) belongs to a party ($1) from here on, and may not bid on its lots; $3 who says so. No row: there is no such party.
WITH party AS (
    UPDATE parties SET version = version + 1, updated_at = now() WHERE id = $1::bigint RETURNING id
), added AS (
    INSERT INTO party_users (party_id, user_id) SELECT id, $2::bigint FROM party
    ON CONFLICT DO NOTHING RETURNING party_id, user_id
), logged AS (
    INSERT INTO audit_log (user_id, action, details)
    SELECT $3::bigint, 'party_user_added', jsonb_build_object('partyId', party_id, 'userId', user_id) FROM added
)
SELECT id FROM party;
