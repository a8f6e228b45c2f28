-- A lot of the sale ($1) was started by the clock: the next interval counts from here, however soon the lot ends.
UPDATE sales SET paced_at = clock_timestamp() WHERE id = $1::bigint;
