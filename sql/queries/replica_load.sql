-- A lot for the memory of a node ($1 its id): the columns of ledger_load.sql, and "card", what never changes of it and
-- everybody may see, as JSON. No row for a draft. Primary keys, once a lot and node.
SELECT a.id, a.sale_id, a.lot_number, false AS sale_shut, a.seq, a.head_hash, a.status, a.start_price, a.reserve, a.step_override,
       a.price, a.leader, a.leader_paddle, a.leader_max, a.bid_count,
       to_ms(a.starts_at) AS starts_at, to_ms(a.ends_at) AS ends_at, a.remaining_ms, a.paused_by_outage,
       a.extensions, to_ms(a.warned_at) AS warned_at, array_to_string(a.ladder, ',') AS ladder,
       a.duration_ms, a.extension_window_ms, a.extension_ms, a.late_ms, a.close_grace_ms, a.extension_mode,
       a.max_extensions, NULL::bigint AS dark_since, to_ms(clock_timestamp()) AS db_now,
       json_build_object(
           'lotNumber', a.lot_number,
           'taxRate', s.tax_rate_bp,
           'rules', json_build_object(
               'durationMs', a.duration_ms, 'extensionWindowMs', a.extension_window_ms, 'extensionMs', a.extension_ms,
               'lateMs', a.late_ms, 'closeGraceMs', a.close_grace_ms, 'extensionMode', a.extension_mode,
               'maxExtensions', a.max_extensions),
           'ladder', (SELECT json_agg(json_build_object('below', a.ladder[i], 'step', a.ladder[i + 1]) ORDER BY i)
                      FROM generate_series(1, cardinality(a.ladder), 2) AS i),
           'lot', json_build_object(
               'id', h.id, 'nameJa', h.name_ja, 'nameEn', h.name_en,
               'displayNameJa', display_name_ja(h), 'displayNameEn', display_name_en(h),
               'sex', h.sex, 'coatColour', h.coat_colour, 'foaledOn', h.foaled_on,
               'sireJa', h.sire_ja, 'sireEn', h.sire_en, 'damJa', h.dam_ja, 'damEn', h.dam_en,
               'damsireJa', h.damsire_ja, 'damsireEn', h.damsire_en,
               'breeder', h.breeder, 'consignor', p.name, 'disclosures', disclosures_text(h), 'notes', h.notes)) AS card
FROM auctions a
JOIN sales s ON s.id = a.sale_id
JOIN horses h ON h.id = a.horse_id
LEFT JOIN parties p ON p.id = h.consignor_id
WHERE a.id = $1::bigint AND a.status <> 'draft';
