-- A registration as every REST answer shows it, to the office and to the person. The entity tag is its version in quotes.
CREATE FUNCTION registration_json(r registrations, u users) RETURNS text LANGUAGE sql STABLE
    RETURN (SELECT row_to_json(shown)::text FROM (
        SELECT r.sale_id AS "saleId", r.user_id AS "userId", u.name, u.email, r.status, r.version, r.paddle,
               r.credit_limit AS "creditLimit", r.exposure,
               CASE WHEN r.credit_limit IS NOT NULL THEN greatest(r.credit_limit - r.exposure, 0) END AS "availableCredit",
               r.owner_category AS "ownerCategory", r.owner_number AS "ownerNumber", r.principal,
               r.invoice_name AS "invoiceName", r.invoice_address AS "invoiceAddress", r.terms_version AS "termsVersion",
               rfc3339(r.declared_at) AS "declaredAt", r.requested_limit AS "requestedLimit", r.reason,
               rfc3339(r.created_at) AS "createdAt", rfc3339(r.applied_at) AS "appliedAt", rfc3339(r.decided_at) AS "decidedAt") AS shown);
