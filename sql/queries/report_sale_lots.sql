-- The lots of a sale with what came of them, in their order: $1 sale, $2 whether the office asks: others see no drafts' sales, no
-- names of buyers, no reserve, and nothing of what consignors pay; and of lots that have not ended no amounts. By the key of sale
-- and lot number.
SELECT r.lot_number AS "lotNumber", r.auction_id AS "auctionId", r.horse_id AS "horseId",
       display_name_ja(h) AS "displayNameJa", display_name_en(h) AS "displayNameEn", r.sex, h.foaled_on AS "foaledOn",
       r.sire_ja AS "sireJa", r.sire_en AS "sireEn", h.dam_ja AS "damJa", h.dam_en AS "damEn", r.consignor,
       r.status, r.session, to_ms(r.closed_at) AS "closedAt", r.start_price AS "startPrice",
       CASE WHEN r.closed_at IS NOT NULL THEN r.bid_count END AS bids,
       CASE WHEN r.closed_at IS NOT NULL THEN r.highest_bid END AS "highestBid",
       r.price, CASE WHEN r.sold THEN r.leader_paddle END AS paddle,
       r.buyer_commission AS "buyerCommission", r.buyer_tax AS "buyerTax",
       r.price + r.buyer_commission + r.buyer_tax AS "buyerTotal",
       CASE WHEN $2::boolean AND r.sold THEN r.leader END AS "buyerId",
       CASE WHEN $2 AND r.sold THEN u.name END AS "buyerName",
       CASE WHEN $2 AND r.sold THEN reg.invoice_name END AS "invoiceName",
       CASE WHEN $2 THEN nullif(r.reserve, 0) END AS "reservePrice",
       CASE WHEN $2 THEN r.seller_commission END AS "sellerCommission", CASE WHEN $2 THEN r.entry_fee END AS "entryFee",
       CASE WHEN $2 THEN r.passed_fee END AS "passedFee", CASE WHEN $2 THEN r.seller_tax END AS "sellerTax"
FROM lot_results r
JOIN horses h ON h.id = r.horse_id
LEFT JOIN users u ON u.id = r.leader
LEFT JOIN registrations reg ON reg.sale_id = r.sale_id AND reg.user_id = r.leader
WHERE r.sale_id = $1::bigint
ORDER BY r.lot_number;
