-- A spreadsheet takes a text that begins like a formula for one, whatever the quotation marks, and what stands in a catalogue was
-- written by many people. An apostrophe before it makes it a text; an import takes it away again (core/store/catalogue.c). A text that
-- begins with an apostrophe gets one too, so that what comes in is what went out.
CREATE OR REPLACE FUNCTION csv_text(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce('"' || CASE WHEN value ~ E'^[=+@\t\r''＝＋－＠-]' THEN '''' ELSE '' END || replace(value, '"', '""') || '"', '');
