-- The standing sessions of a user ($1) as the REST resource, newest first: $2 before this id, $3 at most, $4 the session that asks.
-- By the index sessions_user.
SELECT s.id::text AS cursor, row_to_json(resource)::text AS json
FROM sessions s
CROSS JOIN LATERAL (
    SELECT s.id, device_name(s.user_agent) AS device, s.user_agent AS "userAgent", host(s.address) AS address,
           rfc3339(s.created_at) AS "createdAt", rfc3339(s.last_seen_at) AS "lastSeenAt", rfc3339(s.expires_at) AS "expiresAt",
           s.id = $4::bigint AS current) AS resource
WHERE s.user_id = $1::bigint AND s.ended_at IS NULL AND s.expires_at > now() AND s.id < $2::bigint
ORDER BY s.id DESC
LIMIT $3::bigint;
