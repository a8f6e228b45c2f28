-- As horses_page.sql, in another order: $11 name, foaledOn or createdAt, $12 whether downwards. The page begins after the
-- horse $1 (0: at the start), wherever that stands by now; of equals the lower id is first, upwards and downwards. All that
-- fit are read and sorted.
WITH keyed AS MATERIALIZED (
    SELECT h.id, CASE $11::text WHEN 'name' THEN display_name_ja(h) WHEN 'foaledOn' THEN foaled_on::text
                                ELSE to_ms(h.created_at)::text END COLLATE "C" AS key
    FROM horses h
    LEFT JOIN parties p ON p.id = h.consignor_id
    WHERE h.id = $1::bigint
       OR ($3::text IS NULL OR position(lower($3) IN h.names) > 0)
      AND ($4::text IS NULL OR sex = $4)
      AND ($5::text IS NULL OR coat_colour = $5)
      AND ($6::bigint IS NULL OR extract(year FROM foaled_on) = $6)
      AND ($7::text IS NULL OR position(lower($7) IN h.sire_names) > 0)
      AND ($8::text IS NULL OR position(lower($8) IN h.dam_names) > 0)
      AND ($9::text IS NULL OR position(lower($9) IN lower(p.name)) > 0)
      AND ($10::bigint IS NULL OR h.consignor_id = $10)
), place AS (
    SELECT key FROM keyed WHERE id = $1
)
SELECT id, id::text AS cursor
FROM keyed
WHERE $1 = 0 OR CASE WHEN $12::boolean THEN key < (SELECT key FROM place) ELSE key > (SELECT key FROM place) END
   OR (key = (SELECT key FROM place) AND id > $1)
ORDER BY CASE WHEN NOT $12 THEN key END, CASE WHEN $12 THEN key END DESC, id
LIMIT $2::bigint;
