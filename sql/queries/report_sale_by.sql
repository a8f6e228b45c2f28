-- What came of a sale's lots in groups: $1 sale, $2 whether the office asks, $3 total, sex, sire, consignor or session. Of a
-- total there is always a row. By the key of sale and lot number; a group's median needs its prices sorted.
SELECT grouped.key, max(grouped.key_en) AS "keyEn",
       count(r.auction_id) AS lots, count(*) FILTER (WHERE r.offered) AS offered, count(*) FILTER (WHERE r.sold) AS sold,
       count(*) FILTER (WHERE r.status = 'passed') AS passed, count(*) FILTER (WHERE r.status = 'withdrawn') AS withdrawn,
       count(*) FILTER (WHERE r.status IN ('scheduled', 'active', 'paused')) AS open,
       coalesce(sum(r.price), 0) AS gross,
       div(sum(r.price), count(r.price)) AS average,
       floor(percentile_cont(0.5) WITHIN GROUP (ORDER BY r.price))::bigint AS median,
       max(r.price::bigint) AS highest,
       round(10000.0 * count(*) FILTER (WHERE r.sold) / nullif(count(*) FILTER (WHERE r.offered), 0)) AS "clearanceRateBp",
       coalesce(sum(r.buyer_commission), 0) AS "buyerCommission", coalesce(sum(r.buyer_tax), 0) AS "buyerTax",
       coalesce(sum(r.price + r.buyer_commission + r.buyer_tax), 0) AS "buyerTotal",
       CASE WHEN $2::boolean THEN coalesce(sum(r.seller_commission), 0) END AS "sellerCommission",
       CASE WHEN $2 THEN coalesce(sum(r.entry_fee), 0) END AS "entryFees",
       CASE WHEN $2 THEN coalesce(sum(r.passed_fee), 0) END AS "passedFees",
       CASE WHEN $2 THEN coalesce(sum(r.seller_tax), 0) END AS "sellerTax"
FROM (VALUES (1)) AS once (one)
LEFT JOIN lot_results r ON r.sale_id = $1::bigint
CROSS JOIN LATERAL (
    SELECT CASE $3::text WHEN 'sex' THEN r.sex WHEN 'sire' THEN r.sire_ja WHEN 'consignor' THEN r.consignor
                   WHEN 'session' THEN r.session::text END AS key,
           CASE $3 WHEN 'sire' THEN r.sire_en END AS key_en) AS grouped
GROUP BY grouped.key
HAVING $3 = 'total' OR count(r.auction_id) > 0
ORDER BY CASE $3 WHEN 'session' THEN grouped.key END, gross DESC, grouped.key;
