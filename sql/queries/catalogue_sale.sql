-- Before a catalogue is imported: what the sale ($1 id) demands of its lots. The row stays locked, so that two
-- imports into one sale come one after the other; what only refers to the sale is not held up.
SELECT status = 'closed' AS closed,
       ladder[2] AS step, -- that of the lowest rung, the smallest
       to_char(now() AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD') AS today
FROM sales
WHERE id = $1
FOR NO KEY UPDATE
