-- Ids of a page of horses in order of id: $1 after this id, $2 at most; null is no condition: $3 part of a name,
-- $4 sex, $5 coat colour, $6 year of birth. By primary key, reading on until the page is full.
SELECT id, id::text AS cursor
FROM horses
WHERE id > $1::bigint
  AND ($3::text IS NULL
       OR position(lower($3) IN lower(concat_ws(' ', name_ja, name_en, sire_ja, sire_en, dam_ja, dam_en))) > 0)
  AND ($4::text IS NULL OR sex = $4)
  AND ($5::text IS NULL OR coat_colour = $5)
  AND ($6::bigint IS NULL OR extract(year FROM foaled_on) = $6)
ORDER BY id
LIMIT $2::bigint;
