-- Sales as the REST resource: $1 ids, $2 whether the office asks: others see no drafts, no lots that are drafts, and
-- nothing of what the consignor pays. In the order of the ids, by primary key; lots by the key of sale and lot number.
-- What is asked for is kept from the planner, or it would plan anew for each array of ids, which takes longer than the
-- reading.
WITH asked AS MATERIALIZED (
    SELECT $1::bigint[] AS ids, $2::boolean AS office
)
SELECT '"' || resource.version || '"' AS etag,
       CASE WHEN asked.office THEN left(json, -1) || ',"sellerCommissionBp":' || seller_commission_bp || ',"entryFee":' || entry_fee
                                  || ',"passedFee":' || passed_fee || '}' ELSE json END AS json
FROM asked
CROSS JOIN unnest(asked.ids) WITH ORDINALITY AS wanted (id, place)
CROSS JOIN LATERAL (
    SELECT s.version, s.seller_commission_bp, s.entry_fee, s.passed_fee, (SELECT row_to_json(columns) FROM (
        SELECT s.id, s.name_ja AS "nameJa", s.name_en AS "nameEn", s.status,
               rfc3339(s.starts_at) AS "startsAt", rfc3339(s.ends_at) AS "endsAt",
               (SELECT json_agg(json_build_object('below', s.ladder[2 * i - 1], 'step', s.ladder[2 * i]) ORDER BY i)
                FROM generate_series(1, cardinality(s.ladder) / 2) AS i) AS ladder,
               (SELECT row_to_json(r) FROM (
                    SELECT s.duration_ms AS "durationMs", s.extension_window_ms AS "extensionWindowMs",
                           s.extension_ms AS "extensionMs", s.late_ms AS "lateMs", s.close_grace_ms AS "closeGraceMs",
                           s.extension_mode AS "extensionMode", s.max_extensions AS "maxExtensions") AS r) AS rules,
               s.tax_rate_bp AS "taxRateBp", s.buyer_commission_bp AS "buyerCommissionBp",
               due_date(s) AS "dueOn", s.terms_version AS "termsVersion", s.terms_url AS "termsUrl",
               (SELECT row_to_json(p) FROM (
                    SELECT s.pacing_mode AS mode, s.pacing_interval_ms AS "intervalMs", s.max_active AS "maxActive") AS p) AS pacing,
               rfc3339(s.paused_at) AS "pausedAt", s.demo,
               (SELECT count(*) FROM auctions a WHERE a.sale_id = s.id AND (asked.office OR a.status <> 'draft')) AS "lotCount",
               rfc3339(s.created_at) AS "createdAt", rfc3339(s.updated_at) AS "updatedAt") AS columns)::text AS json
    FROM sales s
    WHERE s.id = wanted.id AND (asked.office OR s.status <> 'draft')
) AS resource
ORDER BY wanted.place;
