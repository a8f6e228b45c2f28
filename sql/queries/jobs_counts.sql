-- For the metrics: how many jobs wait, for how long the one due longest has been due, how many are dead. By the partial
-- indexes of both.
SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
       coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE state = 'waiting' AND due_at < now())), 0)::bigint AS oldest_s,
       count(*) FILTER (WHERE state = 'dead') AS dead
FROM jobs
WHERE state IN ('waiting', 'dead');
