-- What horses are found by, in small letters: worked out once, when a horse is written, and not for every horse with every search.
-- By a trigger, for a generated column would make the table anew, which its functions of whole rows forbid.
ALTER TABLE horses
    ADD COLUMN names      text, -- of the horse, its sire and its dam
    ADD COLUMN sire_names text,
    ADD COLUMN dam_names  text;

CREATE FUNCTION horses_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sire_names := lower(concat_ws(' ', NEW.sire_ja, NEW.sire_en));
    NEW.dam_names := lower(concat_ws(' ', NEW.dam_ja, NEW.dam_en));
    NEW.names := lower(concat_ws(' ', NEW.name_ja, NEW.name_en, NEW.sire_names, NEW.dam_names));
    RETURN NEW;
END $$;
CREATE TRIGGER horses_named BEFORE INSERT OR UPDATE OF name_ja, name_en, sire_ja, sire_en, dam_ja, dam_en ON horses
    FOR EACH ROW EXECUTE FUNCTION horses_named();
UPDATE horses SET sire_ja = sire_ja;

ALTER TABLE horses
    ALTER COLUMN names SET NOT NULL,
    ALTER COLUMN sire_names SET NOT NULL,
    ALTER COLUMN dam_names SET NOT NULL;
