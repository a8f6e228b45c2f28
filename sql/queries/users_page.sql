-- Ids of a page of users in order of id: $1 after this id, $2 at most; null is no condition: $3 part of a name or an address,
-- $4 role, $5 whether active, $6 whether the address is confirmed. By primary key, reading on until the page is full.
SELECT id, id::text AS cursor
FROM users
WHERE id > $1::bigint AND erased_at IS NULL
  AND ($3::text IS NULL OR position(lower($3) IN lower(name || ' ' || email)) > 0)
  AND ($4::text IS NULL OR role = $4)
  AND ($5::text IS NULL OR active = $5::boolean)
  AND ($6::text IS NULL OR (email_confirmed_at IS NOT NULL) = $6::boolean)
ORDER BY id
LIMIT $2::bigint;
