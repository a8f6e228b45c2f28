-- Where a lot's ledger stands, for those who may see the lot ($1 id, $2 whether the office asks). By primary keys.
SELECT a.seq, a.head_hash
FROM auctions a
JOIN sales s ON s.id = a.sale_id
WHERE a.id = $1::bigint AND ($2::boolean OR (a.status <> 'draft' AND s.status <> 'draft'));
