-- Parties as the office needs them, three generations of ancestors, race records, and disclosures that are corrected and
-- never edited away.

---- parties ----

-- Address, phone and number are the office's to see; of a consignor others see the name.
ALTER TABLE parties
    ADD COLUMN postal_address text CHECK (length(postal_address) BETWEEN 1 AND 500),
    ADD COLUMN phone          text CHECK (length(phone) BETWEEN 1 AND 50),
    -- of an issuer of qualified invoices; its check digit is verified where it comes in
    ADD COLUMN invoice_number text CHECK (invoice_number ~ '^T[1-9][0-9]{12}$'),
    ADD COLUMN version        bigint NOT NULL DEFAULT 1,
    ADD COLUMN updated_at     timestamptz NOT NULL DEFAULT now();
ALTER TABLE party_users ADD COLUMN added_at timestamptz NOT NULL DEFAULT now();

---- pedigree and races ----

-- Until now a pedigree was any object. Kept of it is what has the shape it must have from here on: names of ancestors, each
-- under the way that leads to it; the parents and the damsire have columns of their own.
UPDATE horses SET pedigree = coalesce((
    SELECT jsonb_object_agg(way, names)
    FROM jsonb_each(CASE jsonb_typeof(pedigree) WHEN 'object' THEN pedigree END) AS given (way, ancestor)
    CROSS JOIN LATERAL (SELECT jsonb_object_agg(language, name) AS names
                        FROM jsonb_each(CASE jsonb_typeof(ancestor) WHEN 'object' THEN ancestor END) AS n (language, name)
                        WHERE language IN ('ja', 'en') AND jsonb_typeof(name) = 'string' AND length(name #>> '{}') BETWEEN 1 AND 100) AS kept
    WHERE names IS NOT NULL
      AND way IN ('sireSire', 'sireDam', 'damDam', 'sireSireSire', 'sireSireDam', 'sireDamSire', 'sireDamDam',
                  'damSireSire', 'damSireDam', 'damDamSire', 'damDamDam')), '{}')
WHERE pedigree <> '{}';

-- Starts, wins, seconds, thirds and prize money of a race record.
CREATE FUNCTION race_summary(record jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT jsonb_build_object(
                       'starts', count(*),
                       'wins', count(*) FILTER (WHERE (start->>'finish')::numeric = 1),
                       'seconds', count(*) FILTER (WHERE (start->>'finish')::numeric = 2),
                       'thirds', count(*) FILTER (WHERE (start->>'finish')::numeric = 3),
                       'prize', coalesce(sum((start->>'prize')::numeric), 0))
            FROM jsonb_array_elements(record) AS starts (start));

-- Default and value apart: a column that comes with a default may not be added to a table whose rows functions take.
ALTER TABLE horses
    ADD COLUMN race_record jsonb,
    ADD COLUMN vet_notes   text; -- the office's own; what bidders may see is a document
UPDATE horses SET race_record = '[]', vet_notes = '';
ALTER TABLE horses
    ALTER COLUMN race_record SET DEFAULT '[]',
    ALTER COLUMN race_record SET NOT NULL,
    ALTER COLUMN vet_notes SET DEFAULT '',
    ALTER COLUMN vet_notes SET NOT NULL,
    -- Where a pedigree names parents and damsire, it names those of the columns.
    ADD CONSTRAINT horses_pedigree_agrees CHECK (
        coalesce(pedigree #>> '{sire,ja}', sire_ja) = sire_ja AND coalesce(pedigree #>> '{dam,ja}', dam_ja) = dam_ja
        AND (pedigree #>> '{sire,en}' IS NULL OR pedigree #>> '{sire,en}' IS NOT DISTINCT FROM sire_en)
        AND (pedigree #>> '{dam,en}' IS NULL OR pedigree #>> '{dam,en}' IS NOT DISTINCT FROM dam_en)
        AND (pedigree #>> '{damSire,ja}' IS NULL OR pedigree #>> '{damSire,ja}' IS NOT DISTINCT FROM damsire_ja)
        AND (pedigree #>> '{damSire,en}' IS NULL OR pedigree #>> '{damSire,en}' IS NOT DISTINCT FROM damsire_en));

-- All fourteen ancestors that are known, the three of the columns among them.
CREATE FUNCTION full_pedigree(horse horses) RETURNS jsonb LANGUAGE sql STABLE
    RETURN jsonb_strip_nulls(jsonb_build_object(
               'sire', jsonb_build_object('ja', horse.sire_ja, 'en', horse.sire_en),
               'dam', jsonb_build_object('ja', horse.dam_ja, 'en', horse.dam_en),
               'damSire', CASE WHEN horse.damsire_ja IS NOT NULL OR horse.damsire_en IS NOT NULL
                               THEN jsonb_build_object('ja', horse.damsire_ja, 'en', horse.damsire_en) END))
           || (horse.pedigree - '{sire,dam,damSire}'::text[]);

---- disclosures ----

-- What must be known about a horse (公表事項), entry by entry. A correction is an entry of its own that takes another's
-- place, with its reason; both stay. An empty one says that nothing takes its place.
CREATE TABLE disclosures (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    horse_id   bigint NOT NULL REFERENCES horses ON DELETE CASCADE,
    dated      date NOT NULL,
    text       text NOT NULL CHECK (length(text) <= 10000),
    supersedes bigint UNIQUE,
    reason     text CHECK (length(reason) BETWEEN 1 AND 500),
    entered_by bigint REFERENCES users, -- null: with the horse, or by an import
    entered_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (horse_id, id),
    -- of the same horse
    CONSTRAINT disclosures_supersedes_fkey FOREIGN KEY (horse_id, supersedes) REFERENCES disclosures (horse_id, id)
        ON DELETE CASCADE,
    CHECK (supersedes < id),
    CHECK ((supersedes IS NULL) = (reason IS NULL)),
    CHECK (supersedes IS NOT NULL OR text <> '')
);

-- They go only with their horse, which goes only as long as no lot has it.
CREATE FUNCTION keep_disclosures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM horses WHERE id = OLD.horse_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'disclosures are corrected by further entries' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER disclosures_unchangeable BEFORE UPDATE OR DELETE ON disclosures
    FOR EACH ROW EXECUTE FUNCTION keep_disclosures();

INSERT INTO disclosures (horse_id, dated, text, entered_at)
SELECT id, (created_at AT TIME ZONE 'Asia/Tokyo')::date, disclosures, created_at FROM horses WHERE disclosures <> '' ORDER BY id;
ALTER TABLE horses DROP COLUMN disclosures;

-- What stands at present, as one text: the entries that nothing has taken the place of, oldest first.
CREATE FUNCTION disclosures_text(horse horses) RETURNS text LANGUAGE sql STABLE
    RETURN coalesce((SELECT string_agg(d.text, E'\n' ORDER BY d.dated, d.id)
                     FROM disclosures d
                     WHERE d.horse_id = horse.id AND d.text <> ''
                       AND NOT EXISTS (SELECT FROM disclosures c WHERE c.supersedes = d.id)), '');
