-- What became of an attempt: job $1, attempt $2 (if another worker has taken the job meanwhile, nothing is written), $3 its
-- state from now on, with waiting in $4 ms, $5 what went wrong. A job that is done forgets its data and address: what
-- nobody should find later (links with tokens). By primary key.
UPDATE jobs
SET state = $3::text,
    due_at = CASE $3 WHEN 'waiting' THEN now() + $4::bigint * interval '1 millisecond' ELSE due_at END,
    finished_at = CASE WHEN $3 <> 'waiting' THEN now() END,
    last_error = $5::text,
    payload = CASE $3 WHEN 'done' THEN payload - '{data,address}'::text[] ELSE payload END
WHERE id = $1::bigint AND attempts = $2::bigint AND state = 'waiting';
