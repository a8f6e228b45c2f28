-- Ids of a page of parties in order of id: $1 after this id, $2 at most, $3 part of a name or null. By primary key.
SELECT id, id::text AS cursor
FROM parties
WHERE id > $1::bigint AND ($3::text IS NULL OR position(lower($3) IN lower(name)) > 0)
ORDER BY id
LIMIT $2::bigint;
