-- Puts the horses of the first demo sale that has lots into the new one ($1 id), on the terms they had there.
-- No row: there is no such sale yet, so the catalogue has to be imported.
INSERT INTO auctions (sale_id, lot_number, horse_id, start_price, reserve)
SELECT $1, lot_number, horse_id, start_price, reserve
FROM auctions
WHERE sale_id = (SELECT min(s.id) FROM sales s WHERE s.demo AND s.id <> $1 AND EXISTS (SELECT FROM auctions a WHERE a.sale_id = s.id))
ORDER BY lot_number
RETURNING id
