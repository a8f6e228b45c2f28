-- Whether there is a horse ($1 id; $2 is not looked at). One primary key.
SELECT id FROM horses WHERE id = $1::bigint AND $2::boolean IS NOT NULL;
