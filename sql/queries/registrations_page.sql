-- Registrations of a sale as the REST resource, in order of user: $1 sale, $2 after this user, $3 at most; null is no
-- condition: $4 user, $5 status. By primary key.
SELECT r.user_id::text AS cursor, row_to_json(resource)::text AS json
FROM registrations r
JOIN users u ON u.id = r.user_id
CROSS JOIN LATERAL (
    SELECT r.sale_id AS "saleId", r.user_id AS "userId", u.name, u.email, r.status, r.paddle,
           r.credit_limit AS "creditLimit", r.exposure, CASE WHEN r.credit_limit IS NOT NULL THEN greatest(r.credit_limit - r.exposure, 0) END AS "availableCredit",
           rfc3339(r.created_at) AS "createdAt", rfc3339(r.decided_at) AS "decidedAt") AS resource
WHERE r.sale_id = $1::bigint AND r.user_id > $2::bigint
  AND ($4::bigint IS NULL OR r.user_id = $4)
  AND ($5::text IS NULL OR r.status = $5)
ORDER BY r.user_id
LIMIT $3::bigint;
