-- Puts a horse into a sale as a draft lot: $1 the body, checked against its schema. The sale stays as it is meanwhile.
-- outcome: done, off_step (a price is no multiple of the sale's smallest step), fixed (with the reason as detail). A sale that is not
-- there is the foreign key's to refuse.
WITH body AS MATERIALIZED (
    SELECT (b->>'saleId')::numeric::bigint AS sale_id, (b->>'horseId')::numeric::bigint AS horse_id, (b->>'lotNumber')::numeric::integer AS lot_number,
           (b->>'startPrice')::numeric::bigint AS start_price, coalesce((b->>'reservePrice')::numeric::bigint, 0) AS reserve
    FROM (SELECT $1::text::jsonb AS b) AS given
), sale AS MATERIALIZED (
    SELECT sales.status, sales.ladder[2] AS step FROM body JOIN sales ON sales.id = body.sale_id FOR SHARE OF sales
), judged AS MATERIALIZED (
    SELECT CASE WHEN sale.status = 'closed' THEN 'fixed'
                WHEN body.start_price % sale.step <> 0 OR body.reserve % sale.step <> 0 THEN 'off_step'
                ELSE 'done' END AS outcome
    FROM body
    LEFT JOIN sale ON true
), made AS (
    INSERT INTO auctions (sale_id, horse_id, lot_number, start_price, reserve)
    SELECT sale_id, horse_id, lot_number, start_price, reserve FROM body, judged WHERE outcome = 'done'
    RETURNING id
)
SELECT outcome, (SELECT id FROM made) AS id, CASE outcome WHEN 'fixed' THEN 'The sale is closed.' END AS detail FROM judged;
