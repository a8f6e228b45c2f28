-- Ids of a page of lots in order of sale and lot number: $1, $2 after this sale and lot, $3 at most; null is no
-- condition: $4 sale, $5 horse, $6 status, $7 part of a name; $8 whether the office asks: others see no drafts; $9 lot number,
-- $10 sex, $11 part of the sire's name, $12 part of the consignor's, $13 and $14 the least and the most of the price, which before
-- the first bid is the start price.
-- By the key of sale and lot number, reading on until the page is full.
SELECT a.id, a.sale_id || '.' || a.lot_number AS cursor
FROM auctions a
JOIN sales s ON s.id = a.sale_id
JOIN horses h ON h.id = a.horse_id
LEFT JOIN parties p ON p.id = h.consignor_id
WHERE (a.sale_id, a.lot_number) > ($1::bigint, $2::bigint)
  AND a.sale_id BETWEEN coalesce($4::bigint, 0) AND coalesce($4, 9223372036854775807)
  AND ($5::bigint IS NULL OR a.horse_id = $5)
  AND ($6::text IS NULL OR a.status = $6)
  AND ($7::text IS NULL
       OR position(lower($7) IN lower(concat_ws(' ', h.name_ja, h.name_en, h.sire_ja, h.sire_en, h.dam_ja, h.dam_en))) > 0)
  AND ($8::boolean OR (a.status <> 'draft' AND s.status <> 'draft'))
  AND ($9::bigint IS NULL OR a.lot_number = $9)
  AND ($10::text IS NULL OR h.sex = $10)
  AND ($11::text IS NULL OR position(lower($11) IN lower(concat_ws(' ', h.sire_ja, h.sire_en))) > 0)
  AND ($12::text IS NULL OR position(lower($12) IN lower(p.name)) > 0)
  AND CASE a.price WHEN 0 THEN a.start_price ELSE a.price END BETWEEN coalesce($13::bigint, 0) AND coalesce($14::bigint, 1000000000000)
ORDER BY a.sale_id, a.lot_number
LIMIT $3::bigint;
