-- Ids of a page of lots in another order ($15): price, -price, startsAt, endsAt (lots whose clock runs, soonest first, then the
-- others). $1, $2 after this place and id, $3 at most; null is no condition:
-- $4 sale, $5 horse, $6 status, $7 part of a name; $8 whether the office asks: others see no drafts; $9 lot number,
-- $10 sex, $11 part of the sire's name, $12 part of the consignor's, $13 and $14 the least and the most of the price, which before
-- the first bid is the start price.
-- Every lot of the sale is looked at for each page: this is for one sale, or few lots.
SELECT a.id, place.number || '.' || a.id AS cursor
FROM auctions a
CROSS JOIN LATERAL (
    SELECT CASE $15::text
        WHEN 'price' THEN CASE a.price WHEN 0 THEN a.start_price ELSE a.price END
        WHEN '-price' THEN 1000000000000 - CASE a.price WHEN 0 THEN a.start_price ELSE a.price END
        WHEN 'startsAt' THEN coalesce(to_ms(a.starts_at), 999999999999999)
        ELSE CASE a.status WHEN 'active' THEN to_ms(a.ends_at) ELSE 999999999999999 END END AS number
    OFFSET 0) AS place
WHERE (place.number, a.id) > ($1::bigint, $2::bigint)
  AND ($4::bigint IS NULL OR a.sale_id = $4)
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
ORDER BY place.number, a.id
LIMIT $3::bigint;
