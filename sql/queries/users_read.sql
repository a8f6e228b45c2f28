-- Users as the REST resource: $1 ids, $2 whether the office asks (only the person and the administrator come here, who see the
-- same). In the order of the ids, by primary key. Erased ones are gone.
WITH asked AS MATERIALIZED (
    SELECT $1::bigint[] AS ids, $2::boolean AS office
)
SELECT '"' || u.version || '"' AS etag, user_json(u) AS json
FROM asked
CROSS JOIN unnest(asked.ids) WITH ORDINALITY AS wanted (id, place)
CROSS JOIN LATERAL (SELECT * FROM users WHERE users.id = wanted.id AND erased_at IS NULL AND asked.office IS NOT NULL LIMIT 1) AS u
ORDER BY wanted.place;
