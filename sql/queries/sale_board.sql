-- The lots of a sale ($1) for the memory of a node: what the room of a sale shows. At most $2, in order of lot number, and
-- is_draft, whether the sale is one. No row: there is no such sale; a sale without lots is one row whose columns from `id` on
-- are null. One range of the index on sale and lot number.
SELECT s.status = 'draft' AS is_draft,
       a.id, a.lot_number, a.seq, a.status, a.price, to_ms(a.starts_at) AS starts_at_ms, to_ms(a.ends_at) AS ends_at_ms,
       a.version
FROM sales s
LEFT JOIN auctions a ON a.sale_id = s.id
WHERE s.id = $1::bigint
ORDER BY a.lot_number
LIMIT $2::bigint;
