-- The lot numbers that a sale ($1 id) has already. One range of the unique index (sale_id, lot_number).
SELECT lot_number FROM auctions WHERE sale_id = $1
