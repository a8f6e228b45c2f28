-- Ids of a page of horses in order of id: $1 after this id, $2 at most; null is no condition: $3 part of a name of the horse
-- or a parent, $4 sex, $5 coat colour, $6 year of birth, $7 part of a sire's name, $8 of a dam's, $9 of a consignor's,
-- $10 consignor. By primary key, reading on until the page is full.
SELECT h.id, h.id::text AS cursor
FROM horses h
LEFT JOIN parties p ON p.id = h.consignor_id
WHERE h.id > $1::bigint
  AND ($3::text IS NULL OR position(lower($3) IN h.names) > 0)
  AND ($4::text IS NULL OR sex = $4)
  AND ($5::text IS NULL OR coat_colour = $5)
  AND ($6::bigint IS NULL OR extract(year FROM foaled_on) = $6)
  AND ($7::text IS NULL OR position(lower($7) IN h.sire_names) > 0)
  AND ($8::text IS NULL OR position(lower($8) IN h.dam_names) > 0)
  AND ($9::text IS NULL OR position(lower($9) IN lower(p.name)) > 0)
  AND ($10::bigint IS NULL OR h.consignor_id = $10)
ORDER BY h.id
LIMIT $2::bigint;
