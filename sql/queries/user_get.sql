-- A user as the REST resource, by primary key. $1 id
SELECT row_to_json(resource)::text AS json
FROM (SELECT id, email, name, role, language FROM users WHERE id = $1::bigint) AS resource;
