-- Lots as the REST resource: $1 ids, $2 whether the office asks: others see no drafts, no lots of draft sales, and of the
-- reserve only whether it is met. What follows from the state (step, next bid, the end shown) is worked out as the domain
-- does. A draft's terms are its sale's. In the order of the ids, by primary keys.
-- What is asked for is kept from the planner, or it would plan anew for each array of ids, which takes longer than the
-- reading. A photo of over a megabyte is not for a list that shows a dozen at once. The horse is looked up where its JSON is made, or each horse's whole row would be made for a join; OFFSET 0
-- keeps the step from being worked out once for each place that names it.
WITH asked AS MATERIALIZED (
    SELECT $1::bigint[] AS ids, $2::boolean AS office
)
SELECT wanted.id, '"' || resource.version || '-' || resource.seq || '"' AS etag,
       CASE WHEN asked.office THEN left(json, -1) || ',"reservePrice":' || reserve || '}' ELSE json END AS json
FROM asked
CROSS JOIN unnest(asked.ids) WITH ORDINALITY AS wanted (id, place)
CROSS JOIN LATERAL (
    SELECT a.version, a.seq, a.reserve, (SELECT row_to_json(columns) FROM (
        SELECT a.id, a.sale_id AS "saleId", a.lot_number AS "lotNumber",
               (SELECT row_to_json(r) FROM (
                    SELECT h.id, h.name_ja AS "nameJa", h.name_en AS "nameEn",
                           display_name_ja(h) AS "displayNameJa", display_name_en(h) AS "displayNameEn",
                           h.sex, h.coat_colour AS "coatColour", h.foaled_on AS "foaledOn",
                           h.sire_ja AS "sireJa", h.sire_en AS "sireEn", h.dam_ja AS "damJa", h.dam_en AS "damEn",
                           h.damsire_ja AS "damsireJa", h.damsire_en AS "damsireEn",
                           h.breeder, p.name AS consignor,
                           (SELECT media_json(m, false) ->> 'url' FROM media m
                            WHERE m.horse_id = h.id AND m.kind = 'photo' AND NOT m.private AND m.size <= 1000000
                            ORDER BY m.position, m.id LIMIT 1) AS photo
                    FROM horses h
                    LEFT JOIN parties p ON p.id = h.consignor_id
                    WHERE h.id = a.horse_id) AS r) AS horse,
               a.start_price AS "startPrice",
               CASE WHEN a.reserve = 0 THEN 'none' WHEN a.price >= a.reserve THEN 'met' ELSE 'unmet' END AS reserve,
               a.status, a.seq, nullif(a.price, 0) AS price, a.leader_paddle AS leader, a.bid_count AS "bidCount",
               CASE a.price WHEN 0 THEN a.start_price ELSE a.price + step.amount END AS "minNextBid",
               step.amount AS step,
               rfc3339(a.starts_at) AS "startsAt", to_ms(a.starts_at) AS "startsAtMs",
               rfc3339(ends.shown) AS "endsAt", to_ms(ends.shown) AS "endsAtMs",
               CASE a.status WHEN 'paused' THEN a.remaining_ms END AS "remainingMs",
               to_ms(clock_timestamp()) AS "serverMs", a.extensions, s.tax_rate_bp AS "taxRateBp",
               (SELECT row_to_json(r) FROM (
                    SELECT CASE a.seq WHEN 0 THEN s.duration_ms ELSE a.duration_ms END AS "durationMs",
                           CASE a.seq WHEN 0 THEN s.extension_window_ms ELSE a.extension_window_ms END AS "extensionWindowMs",
                           CASE a.seq WHEN 0 THEN s.extension_ms ELSE a.extension_ms END AS "extensionMs",
                           CASE a.seq WHEN 0 THEN s.late_ms ELSE a.late_ms END AS "lateMs",
                           CASE a.seq WHEN 0 THEN s.close_grace_ms ELSE a.close_grace_ms END AS "closeGraceMs",
                           CASE a.seq WHEN 0 THEN s.extension_mode ELSE a.extension_mode END AS "extensionMode",
                           CASE a.seq WHEN 0 THEN s.max_extensions ELSE a.max_extensions END AS "maxExtensions") AS r) AS rules,
               rfc3339(a.created_at) AS "createdAt",
               rfc3339(greatest(a.updated_at, a.appended_at)) AS "updatedAt") AS columns)::text AS json
    FROM auctions a
    JOIN sales s ON s.id = a.sale_id
    CROSS JOIN LATERAL (SELECT CASE a.seq WHEN 0 THEN s.ladder ELSE a.ladder END AS ladder,
                               CASE a.price WHEN 0 THEN a.start_price ELSE a.price END AS price) AS terms
    CROSS JOIN LATERAL (
        SELECT CASE WHEN a.step_override > 0 THEN a.step_override ELSE (
            SELECT terms.ladder[2 * i] FROM generate_series(1, cardinality(terms.ladder) / 2) AS i
            WHERE terms.ladder[2 * i - 1] = 0 OR terms.price < terms.ladder[2 * i - 1]
            ORDER BY i LIMIT 1) END AS amount
        OFFSET 0) AS step
    CROSS JOIN LATERAL (
        SELECT CASE WHEN a.status IN ('active', 'sold', 'passed', 'withdrawn') THEN a.ends_at END AS shown) AS ends
    WHERE a.id = wanted.id AND (asked.office OR (a.status <> 'draft' AND s.status <> 'draft'))
) AS resource
ORDER BY wanted.place;
