-- A part of a sale's catalogue as CSV, in the columns that an import takes: $1 sale, $2 after this lot number, $3 lots at most.
-- csv null: none left. Texts are quoted whatever is in them. By the key of sale and lot number.
SELECT string_agg(
           concat_ws(',', lot_number, csv_text(name_ja), csv_text(name_en), sex, coat_colour, foaled_on, csv_text(sire_ja), csv_text(sire_en),
                     csv_text(dam_ja), csv_text(dam_en), csv_text(damsire_ja), csv_text(damsire_en), csv_text(breeder), csv_text(consignor),
                     csv_text(disclosures), csv_text(notes), start_price, reserve) || E'\r\n', '' ORDER BY lot_number) AS csv,
       max(lot_number) AS last
FROM (
    SELECT a.lot_number, h.name_ja, h.name_en, h.sex, h.coat_colour, h.foaled_on, h.sire_ja, h.sire_en, h.dam_ja, h.dam_en,
           h.damsire_ja, h.damsire_en, h.breeder, p.name AS consignor, disclosures_text(h) AS disclosures, h.notes,
           a.start_price, a.reserve
    FROM auctions a
    JOIN horses h ON h.id = a.horse_id
    LEFT JOIN parties p ON p.id = h.consignor_id
    WHERE a.sale_id = $1::bigint AND a.lot_number > $2::bigint
    ORDER BY a.lot_number
    LIMIT $3::bigint) AS lot;
