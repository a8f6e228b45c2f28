-- Forgets jobs that ended more than $1 days ago, a thousand at most. By the index of what is finished.
DELETE FROM jobs
WHERE id IN (SELECT id FROM jobs WHERE finished_at < now() - $1::bigint * interval '1 day' ORDER BY finished_at LIMIT 1000
             FOR UPDATE SKIP LOCKED);
