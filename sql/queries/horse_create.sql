-- Enters a horse: $1 the body, checked against its schema. A consignor is named by id, or by name and then
-- found or entered. The disclosures begin with an entry of today.
WITH body AS MATERIALIZED (
    SELECT $1::text::jsonb AS b
), consignor AS (
    INSERT INTO parties (name) SELECT b->>'consignor' FROM body WHERE b->>'consignor' IS NOT NULL
    ON CONFLICT (name) DO UPDATE SET name = excluded.name
    RETURNING id
), horse AS (
    INSERT INTO horses (name_ja, name_en, sex, coat_colour, foaled_on, sire_ja, sire_en, dam_ja, dam_en, damsire_ja,
                        damsire_en, pedigree, race_record, breeder, consignor_id, notes, vet_notes)
    SELECT b->>'nameJa', b->>'nameEn', b->>'sex', b->>'coatColour', (b->>'foaledOn')::date, b->>'sireJa', b->>'sireEn',
           b->>'damJa', b->>'damEn', b->>'damsireJa', b->>'damsireEn', coalesce(jsonb_strip_nulls(b->'pedigree'), '{}'),
           coalesce(b->'raceRecord', '[]'), b->>'breeder', coalesce((SELECT id FROM consignor), (b->>'consignorId')::numeric::bigint),
           coalesce(b->>'notes', ''), coalesce(b->>'vetNotes', '')
    FROM body
    RETURNING id
), disclosed AS (
    INSERT INTO disclosures (horse_id, dated, text)
    SELECT horse.id, (now() AT TIME ZONE 'Asia/Tokyo')::date, b->>'disclosures'
    FROM horse, body
    WHERE b->>'disclosures' <> ''
)
SELECT id FROM horse;
