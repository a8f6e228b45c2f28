-- Orphans to be removed now, at most $1. By index.
SELECT location FROM media_trash WHERE due_at <= now() ORDER BY due_at LIMIT $1::bigint;
