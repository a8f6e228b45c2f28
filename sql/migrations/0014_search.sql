-- What horses are found by, in small letters: worked out once, when a horse is written, and not for every horse with every search.
ALTER TABLE horses
    ADD COLUMN sire_names text GENERATED ALWAYS AS (lower(sire_ja || ' ' || coalesce(sire_en, ''))) STORED,
    ADD COLUMN dam_names  text GENERATED ALWAYS AS (lower(dam_ja || ' ' || coalesce(dam_en, ''))) STORED,
    ADD COLUMN names      text GENERATED ALWAYS AS (lower(coalesce(name_ja, '') || ' ' || coalesce(name_en, '') || ' ' ||
        sire_ja || ' ' || coalesce(sire_en, '') || ' ' || dam_ja || ' ' || coalesce(dam_en, ''))) STORED;
