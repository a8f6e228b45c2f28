-- An entry to a horse's disclosures: $1 horse, $2 dated, $3 text, $4 the entry whose place it takes or null, $5 reason,
-- $6 by whom. The horse is another version by it. No row: there is no such horse.
WITH horse AS (
    UPDATE horses SET version = version + 1, updated_at = now() WHERE id = $1::bigint RETURNING id
)
INSERT INTO disclosures (horse_id, dated, text, supersedes, reason, entered_by)
SELECT id, $2::text::date, $3::text, $4::bigint, $5::text, $6::bigint FROM horse
RETURNING id;
