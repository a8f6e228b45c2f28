-- A page of the registrations of a user ($1) at all sales, in order of sale: $2 after this sale, $3 at most. By registrations_user.
SELECT r.sale_id::text AS cursor, registration_json(r, u) AS json
FROM registrations r
JOIN users u ON u.id = r.user_id
WHERE r.user_id = $1::bigint AND r.sale_id > $2::bigint
ORDER BY r.sale_id
LIMIT $3::bigint;
