-- Ids of a page of sales, newest first: $1 before this id, $2 at most; null is no condition: $3 status, $4 part of a
-- name; $5 whether the office asks: others see no drafts. By primary key.
SELECT id, id::text AS cursor
FROM sales
WHERE id < $1::bigint
  AND ($3::text IS NULL OR status = $3)
  AND ($4::text IS NULL OR position(lower($4) IN lower(name_ja || ' ' || name_en)) > 0)
  AND ($5::boolean OR status <> 'draft')
ORDER BY id DESC
LIMIT $2::bigint;
