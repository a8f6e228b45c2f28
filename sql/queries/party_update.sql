-- Changes a party: $1 id, $2 the body, $3 entity tags of which one must be the version's, $4 any version will do.
-- Members that the body does not have stay. outcome: done, missing, stale.
WITH body AS MATERIALIZED (
    SELECT $2::text::jsonb AS b
), target AS MATERIALIZED (
    SELECT id, $4::boolean OR '"' || version || '"' = ANY ($3::text[]) AS fits
    FROM parties WHERE id = $1::bigint FOR UPDATE
), changed AS (
    UPDATE parties p
    SET name           = coalesce(b->>'name', name),
        postal_address = CASE WHEN b ? 'postalAddress' THEN b->>'postalAddress' ELSE postal_address END,
        phone          = CASE WHEN b ? 'phone' THEN b->>'phone' ELSE phone END,
        invoice_number = CASE WHEN b ? 'invoiceNumber' THEN b->>'invoiceNumber' ELSE invoice_number END,
        version        = version + 1,
        updated_at     = now()
    FROM body, target
    WHERE p.id = target.id AND target.fits
    RETURNING p.id
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM changed) THEN 'done'
            ELSE 'stale' END AS outcome;
