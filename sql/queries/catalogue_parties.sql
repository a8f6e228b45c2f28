-- Makes the parties that are not there yet. $1 names text[], with nulls and repetitions.
-- In order of name, so that two imports at once do not wait for each other in a circle.
INSERT INTO parties (name)
SELECT DISTINCT name FROM unnest($1::text[]) AS given (name) WHERE name IS NOT NULL ORDER BY name
ON CONFLICT (name) DO NOTHING
