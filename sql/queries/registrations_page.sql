-- Registrations of a sale as the REST resource, in order of user: $1 sale, $2 after this user, $3 at most; null is no
-- condition: $4 user, $5 status, $6 part of a name or address, or a whole number: of the owner, or a paddle. For the office and
-- for the person: everything in it is private. By primary key.
SELECT r.user_id::text AS cursor, '"' || r.version || '"' AS etag, registration_json(r, u) AS json
FROM registrations r
JOIN users u ON u.id = r.user_id
WHERE r.sale_id = $1::bigint AND r.user_id > $2::bigint
  AND ($4::bigint IS NULL OR r.user_id = $4)
  AND ($5::text IS NULL OR r.status = $5)
  AND ($6::text IS NULL OR r.paddle::text = $6 OR r.owner_number = $6
       OR position(lower($6) IN lower(concat_ws(' ', u.name, u.email, r.principal, r.invoice_name))) > 0)
ORDER BY r.user_id
LIMIT $3::bigint;
