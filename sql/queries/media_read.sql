-- Media as the REST resource: $1 ids, $2 whether the office asks: others see no private ones here. In the order of the ids,
-- by primary key.
SELECT '"' || m.version || '"' AS etag, media_json(m, $2::boolean)::text AS json
FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (id, place)
JOIN media m ON m.id = wanted.id
WHERE $2 OR NOT m.private
ORDER BY wanted.place;
