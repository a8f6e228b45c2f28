-- A lot at the head of its report, for those who may see it: $1 lot, $2 whether the office asks. By primary keys.
SELECT concat_ws(' ', s.name_ja, a.lot_number, display_name_ja(h)) AS subject_ja,
       concat_ws(' ', s.name_en, a.lot_number, display_name_en(h)) AS subject_en,
       a.id, a.sale_id AS "saleId", s.name_ja AS "saleNameJa", s.name_en AS "saleNameEn", a.lot_number AS "lotNumber",
       a.horse_id AS "horseId", display_name_ja(h) AS "displayNameJa", display_name_en(h) AS "displayNameEn", p.name AS consignor,
       a.status, a.start_price AS "startPrice", nullif(a.price, 0) AS price, a.leader_paddle AS paddle, a.bid_count AS bids,
       a.extensions, to_ms(a.starts_at) AS "startsAt", to_ms(a.ends_at) AS "endsAt",
       to_ms(CASE WHEN a.status IN ('sold', 'passed', 'withdrawn') THEN a.appended_at END) AS "closedAt",
       CASE WHEN $2::boolean THEN nullif(a.reserve, 0) END AS "reservePrice", CASE WHEN $2 THEN a.leader END AS "leaderId",
       CASE WHEN $2 THEN u.name END AS "leaderName"
FROM auctions a
JOIN sales s ON s.id = a.sale_id
JOIN horses h ON h.id = a.horse_id
LEFT JOIN parties p ON p.id = h.consignor_id
LEFT JOIN users u ON u.id = a.leader
WHERE a.id = $1::bigint AND ($2 OR (a.status <> 'draft' AND s.status <> 'draft'));
