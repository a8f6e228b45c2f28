-- Ids of a page of lots in order of sale and lot number: $1, $2 after this sale and lot, $3 at most; null is no
-- condition: $4 sale, $5 horse, $6 status, $7 part of a name; $8 whether the office asks: others see no drafts; $9 lot number,
-- $10 sex, $11 part of the sire's name, $12 part of the consignor's, $13 and $14 the least and the most of the price, which before
-- the first bid is the start price.
-- By the key of sale and lot number, reading on until the page is full.
SELECT a.id, a.sale_id || '.' || a.lot_number AS cursor
FROM auctions a
WHERE (a.sale_id, a.lot_number) > ($1::bigint, $2::bigint)
  AND a.sale_id BETWEEN coalesce($4::bigint, 0) AND coalesce($4, 9223372036854775807)
  AND ($5::bigint IS NULL OR a.horse_id = $5)
  AND ($6::text IS NULL OR a.status = $6)
  AND ($8::boolean OR (a.status <> 'draft' AND a.sale_id IN (SELECT id FROM sales WHERE status <> 'draft')))
  AND ($9::bigint IS NULL OR a.lot_number = $9)
  AND CASE a.price WHEN 0 THEN a.start_price ELSE a.price END BETWEEN coalesce($13::bigint, 0) AND coalesce($14::bigint, 1000000000000)
  -- the horse is looked at only where something is asked of it
  AND (num_nulls($7::text, $10::text, $11::text, $12::text) = 4
       OR EXISTS (SELECT FROM horses h
                  LEFT JOIN parties p ON p.id = h.consignor_id
                  WHERE h.id = a.horse_id
                    AND ($7 IS NULL OR position(lower($7) IN h.names) > 0)
                    AND ($10 IS NULL OR h.sex = $10)
                    AND ($11 IS NULL OR position(lower($11) IN h.sire_names) > 0)
                    AND ($12 IS NULL OR position(lower($12) IN lower(p.name)) > 0)))
ORDER BY a.sale_id, a.lot_number
LIMIT $3::bigint;
