-- A sale at the head of its reports, for those who may see it: $1 sale, $2 whether the office asks. By primary key.
SELECT s.name_ja AS subject_ja, s.name_en AS subject_en,
       s.id, s.name_ja AS "nameJa", s.name_en AS "nameEn", s.status, to_ms(s.starts_at) AS "startsAt", to_ms(s.ends_at) AS "endsAt",
       s.buyer_commission_bp AS "buyerCommissionBp", s.tax_rate_bp AS "taxRateBp", due_date(s) AS "dueOn",
       CASE WHEN $2::boolean THEN s.seller_commission_bp END AS "sellerCommissionBp",
       CASE WHEN $2 THEN s.entry_fee END AS "entryFee", CASE WHEN $2 THEN s.passed_fee END AS "passedFee"
FROM sales s
WHERE s.id = $1::bigint AND ($2 OR s.status <> 'draft');
