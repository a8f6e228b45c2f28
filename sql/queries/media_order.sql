-- Puts the media of a horse ($1 id) into the order of $2, which must name each of them once. outcome: done, missing (no such
-- horse), other (it has others than those).
WITH horse AS MATERIALIZED (
    SELECT id FROM horses WHERE id = $1::bigint FOR UPDATE
), named AS MATERIALIZED (
    SELECT id, place FROM unnest($2::bigint[]) WITH ORDINALITY AS given (id, place)
), fits AS MATERIALIZED (
    SELECT (SELECT array_agg(id ORDER BY id) FROM named)
           IS NOT DISTINCT FROM (SELECT array_agg(m.id ORDER BY m.id) FROM media m JOIN horse ON m.horse_id = horse.id) AS good
), changed AS (
    UPDATE media m SET position = named.place - 1, version = version + 1, updated_at = now()
    FROM named, fits
    WHERE m.id = named.id AND fits.good
), moved AS (
    UPDATE horses h SET version = version + 1, updated_at = now() FROM horse, fits WHERE h.id = horse.id AND fits.good
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM horse) THEN 'missing' WHEN good THEN 'done' ELSE 'other' END AS outcome FROM fits;
