-- Applies to bid at a sale, or changes what one applied with while nothing is decided: $1 sale, $2 who, $3 the body, checked
-- against its schema, $4 entity tags of which one must be the version's, $5 any version will do, or none was named.
-- outcome: made, done, missing (no such sale, or a draft), stale, unconfirmed (the e-mail address), terms (another version of the terms is the sale's), fixed
-- (with the reason as detail).
WITH body AS MATERIALIZED (
    SELECT $3::text::jsonb AS b
), sale AS MATERIALIZED (
    SELECT id, status, terms_version FROM sales WHERE id = $1::bigint AND status <> 'draft' FOR KEY SHARE
), before AS MATERIALIZED (
    SELECT r.status, $5::boolean OR '"' || r.version || '"' = ANY ($4::text[]) AS fits
    FROM registrations r WHERE r.sale_id = $1 AND r.user_id = $2::bigint FOR UPDATE
), judged AS MATERIALIZED (
    SELECT sale.id, before.status AS was,
           CASE WHEN NOT before.fits OR (before.fits IS NULL AND NOT $5) THEN 'stale'
                WHEN sale.status = 'closed' OR before.status IN ('approved', 'revoked') THEN 'fixed'
                WHEN (SELECT email_confirmed_at IS NULL FROM users WHERE users.id = $2) THEN 'unconfirmed'
                WHEN sale.terms_version IS DISTINCT FROM b->>'termsVersion' THEN 'terms'
                WHEN before.status IS NULL THEN 'made'
                ELSE 'done' END AS outcome,
           CASE WHEN sale.status = 'closed' THEN 'The sale is over.'
                WHEN before.status = 'approved' THEN 'You are approved already; ask the office for changes.'
                WHEN before.status = 'revoked' THEN 'The approval was revoked; ask the office.' END AS detail
    FROM sale
    CROSS JOIN body
    LEFT JOIN before ON true
), written AS (
    INSERT INTO registrations (sale_id, user_id, status, owner_category, owner_number, principal, invoice_name, invoice_address,
                               terms_version, declared_at, requested_limit, applied_at)
    SELECT judged.id, $2, 'applied', b->>'ownerCategory', b->>'ownerNumber', b->>'principal', b->>'invoiceName',
           b->>'invoiceAddress', b->>'termsVersion', now(), (b->>'requestedLimit')::numeric::bigint, now()
    FROM judged, body
    WHERE judged.outcome IN ('made', 'done')
    ON CONFLICT (sale_id, user_id) DO UPDATE
    SET status = 'applied', owner_category = excluded.owner_category, owner_number = excluded.owner_number,
        principal = excluded.principal, invoice_name = excluded.invoice_name, invoice_address = excluded.invoice_address,
        terms_version = excluded.terms_version, declared_at = excluded.declared_at,
        requested_limit = excluded.requested_limit, applied_at = excluded.applied_at, reason = NULL,
        version = registrations.version + 1
    WHERE registrations.status IN ('applied', 'rejected', 'withdrawn')
    RETURNING user_id
), logged AS (
    INSERT INTO audit_log (user_id, action, sale_id) SELECT user_id, 'registration_applied', $1 FROM written
)
SELECT coalesce((SELECT outcome FROM judged), 'missing') AS outcome, (SELECT detail FROM judged) AS detail;
