-- Gives lots of a sale other numbers, all in one: $1 sale, $2 lots, $3 their numbers, $4 who asks. Only lots that have not started
-- have a place that can be changed. outcome: done, missing (no such sale), or, of the first lot at fault by its place in $2 (from 1):
-- stranger (not of this sale), twice (named before), fixed (started). Numbers are unique at the end of the statement.
WITH sale AS MATERIALIZED (
    SELECT id FROM sales WHERE id = $1::bigint FOR UPDATE
), wanted AS MATERIALIZED (
    SELECT w.auction_id, w.lot_number::integer, w.place
    FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS w (auction_id, lot_number, place)
), target AS MATERIALIZED (
    SELECT a.id, a.status, wanted.lot_number, wanted.place
    FROM wanted
    JOIN auctions a ON a.id = wanted.auction_id AND a.sale_id = $1
    ORDER BY a.id
    FOR NO KEY UPDATE OF a
), fault AS MATERIALIZED (
    SELECT place, what
    FROM (SELECT place, 'stranger' AS what FROM wanted WHERE auction_id NOT IN (SELECT id FROM target)
          UNION ALL
          SELECT max(place), 'twice' FROM wanted GROUP BY auction_id HAVING count(*) > 1
          UNION ALL
          SELECT place, 'fixed' FROM target WHERE status NOT IN ('draft', 'scheduled')) AS faults
    ORDER BY place
    LIMIT 1
), changed AS (
    UPDATE auctions a SET lot_number = target.lot_number, version = a.version + 1, updated_at = now()
    FROM target, sale
    WHERE a.id = target.id AND a.lot_number <> target.lot_number AND NOT EXISTS (SELECT FROM fault)
    RETURNING a.id
), logged AS (
    INSERT INTO audit_log (user_id, action, sale_id, details)
    SELECT $4::bigint, 'lots_reordered', $1, jsonb_build_object('count', count(*)) FROM changed HAVING count(*) > 0
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM sale) THEN 'missing' ELSE coalesce((SELECT what FROM fault), 'done') END AS outcome,
       (SELECT place FROM fault) AS place, (SELECT count(*) FROM changed) AS changed;
