-- Puts a horse into a sale as a draft lot: $1 the body, checked against its schema.
INSERT INTO auctions (sale_id, horse_id, lot_number, start_price, reserve)
SELECT (b->>'saleId')::numeric::bigint, (b->>'horseId')::numeric::bigint, (b->>'lotNumber')::numeric::integer,
       (b->>'startPrice')::numeric::bigint, coalesce((b->>'reservePrice')::numeric::bigint, 0)
FROM (SELECT $1::text::jsonb AS b) AS body
RETURNING id;
