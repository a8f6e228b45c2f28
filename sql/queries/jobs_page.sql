-- A page of jobs, newest first: $1 before this id, $2 at most; null is no condition: $3 state, $4 kind. Never their data and
-- addresses. By
-- primary key, or the index of the dead.
SELECT id::text AS cursor,
       (SELECT row_to_json(r)::text FROM (
            SELECT id, kind, state, attempts, payload - '{data,address}'::text[] AS about, last_error AS "lastError", rfc3339(due_at) AS "dueAt",
                   rfc3339(created_at) AS "createdAt", rfc3339(finished_at) AS "finishedAt") AS r) AS json
FROM jobs
WHERE id < $1::bigint
  AND ($3::text IS NULL OR state = $3)
  AND ($4::text IS NULL OR kind = $4)
ORDER BY id DESC
LIMIT $2::bigint;
