-- Makes the horses and draft lots of a part of a catalogue. $1 sale bigint, $2 demo boolean; then arrays of equal
-- length: bigint[] $3 lot_number, $4 start_price, $5 reserve; text[] $6 name_ja, $7 name_en, $8 sex, $9 coat_colour,
-- $10 foaled_on, $11 sire_ja, $12 sire_en, $13 dam_ja, $14 dam_en, $15 damsire_ja, $16 damsire_en, $17 breeder,
-- $18 consignor (there is a party of that name), $19 disclosures, $20 notes.
-- Every horse gets its id first, which ties it to its lot; references are checked at the end of the statement.
WITH ids AS MATERIALIZED (
    SELECT pg_get_serial_sequence('horses', 'id')::regclass AS sequence
), entry AS MATERIALIZED (
    SELECT nextval((SELECT sequence FROM ids)) AS horse_id, given.*
    FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[],
                $19::text[], $20::text[])
         AS given (lot_number, start_price, reserve, name_ja, name_en, sex, coat_colour, foaled_on, sire_ja, sire_en,
                   dam_ja, dam_en, damsire_ja, damsire_en, breeder, consignor, disclosures, notes)
), horse AS (
    INSERT INTO horses (id, name_ja, name_en, sex, coat_colour, foaled_on, sire_ja, sire_en, dam_ja, dam_en,
                        damsire_ja, damsire_en, breeder, consignor_id, notes, demo)
    OVERRIDING SYSTEM VALUE
    SELECT entry.horse_id, entry.name_ja, entry.name_en, entry.sex, entry.coat_colour, entry.foaled_on::date,
           entry.sire_ja, entry.sire_en, entry.dam_ja, entry.dam_en, entry.damsire_ja, entry.damsire_en,
           entry.breeder, parties.id, coalesce(entry.notes, ''), $2
    FROM entry
    LEFT JOIN parties ON parties.name = entry.consignor
), disclosed AS (
    INSERT INTO disclosures (horse_id, dated, text)
    SELECT entry.horse_id, (now() AT TIME ZONE 'Asia/Tokyo')::date, entry.disclosures
    FROM entry
    WHERE entry.disclosures <> ''
)
INSERT INTO auctions (sale_id, lot_number, horse_id, start_price, reserve)
SELECT $1, entry.lot_number, entry.horse_id, entry.start_price, entry.reserve
FROM entry
