-- Changes a horse: $1 id, $2 the body, $3 entity tags of which one must be the version's, $4 any version will do.
-- Members that the body does not have stay. outcome: done, missing, stale.
WITH body AS MATERIALIZED (
    SELECT $2::text::jsonb AS b
), target AS MATERIALIZED (
    SELECT id, $4::boolean OR '"' || version || '"' = ANY ($3::text[]) AS fits
    FROM horses WHERE id = $1::bigint FOR UPDATE
), consignor AS (
    INSERT INTO parties (name) SELECT b->>'consignor' FROM body, target WHERE fits AND b->>'consignor' IS NOT NULL
    ON CONFLICT (name) DO UPDATE SET name = excluded.name
    RETURNING id
), changed AS (
    UPDATE horses h
    SET name_ja      = CASE WHEN b ? 'nameJa' THEN b->>'nameJa' ELSE name_ja END,
        name_en      = CASE WHEN b ? 'nameEn' THEN b->>'nameEn' ELSE name_en END,
        sex          = coalesce(b->>'sex', sex),
        coat_colour  = coalesce(b->>'coatColour', coat_colour),
        foaled_on    = coalesce((b->>'foaledOn')::date, foaled_on),
        sire_ja      = coalesce(b->>'sireJa', sire_ja),
        sire_en      = CASE WHEN b ? 'sireEn' THEN b->>'sireEn' ELSE sire_en END,
        dam_ja       = coalesce(b->>'damJa', dam_ja),
        dam_en       = CASE WHEN b ? 'damEn' THEN b->>'damEn' ELSE dam_en END,
        damsire_ja   = CASE WHEN b ? 'damsireJa' THEN b->>'damsireJa' ELSE damsire_ja END,
        damsire_en   = CASE WHEN b ? 'damsireEn' THEN b->>'damsireEn' ELSE damsire_en END,
        -- what an older pedigree says of a parent is not to hold up a change of that parent
        pedigree     = coalesce(jsonb_strip_nulls(b->'pedigree'), pedigree - '{sire,dam,damSire}'::text[]),
        race_record  = coalesce(b->'raceRecord', race_record),
        breeder      = CASE WHEN b ? 'breeder' THEN b->>'breeder' ELSE breeder END,
        consignor_id = CASE WHEN b ? 'consignor' THEN (SELECT id FROM consignor)
                            WHEN b ? 'consignorId' THEN (b->>'consignorId')::numeric::bigint ELSE consignor_id END,
        notes        = coalesce(b->>'notes', notes),
        vet_notes    = coalesce(b->>'vetNotes', vet_notes),
        version      = version + 1,
        updated_at   = now()
    FROM body, target
    WHERE h.id = target.id AND target.fits
    RETURNING h.id
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM changed) THEN 'done'
            ELSE 'stale' END AS outcome;
