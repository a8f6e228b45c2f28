-- A text as a field of a CSV file: quoted whatever is in it, nothing for null.
CREATE FUNCTION csv_text(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce('"' || replace(value, '"', '""') || '"', '');
