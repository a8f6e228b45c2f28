-- Enters a horse: $1 the body, checked against its schema. A consignor is found, or entered, by name.
WITH body AS MATERIALIZED (
    SELECT $1::text::jsonb AS b
), consignor AS (
    INSERT INTO parties (name) SELECT b->>'consignor' FROM body WHERE b->>'consignor' IS NOT NULL
    ON CONFLICT (name) DO UPDATE SET name = excluded.name
    RETURNING id
)
INSERT INTO horses (name_ja, name_en, sex, coat_colour, foaled_on, sire_ja, sire_en, dam_ja, dam_en, damsire_ja,
                    damsire_en, pedigree, breeder, consignor_id, disclosures, notes)
SELECT b->>'nameJa', b->>'nameEn', b->>'sex', b->>'coatColour', (b->>'foaledOn')::date, b->>'sireJa', b->>'sireEn',
       b->>'damJa', b->>'damEn', b->>'damsireJa', b->>'damsireEn', coalesce(b->'pedigree', '{}'), b->>'breeder',
       (SELECT id FROM consignor), coalesce(b->>'disclosures', ''), coalesce(b->>'notes', '')
FROM body
RETURNING id;
