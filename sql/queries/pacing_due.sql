-- The lots that the clock is to start now, in order of lot number: $1 lots to be left alone (bigint[]), $2 at most.
-- Nothing starts while no node watches over the clocks. A lot is never early by its own startsAt or its sale's.
-- Sales by the index of those that run; of lots only those under the hammer and those scheduled are looked at, each by an index.
WITH present AS MATERIALIZED (
    SELECT clock_timestamp() AS now FROM liveness WHERE alive_at > clock_timestamp() - interval '3 seconds'
), open AS MATERIALIZED (
    SELECT sale_id, count(*) AS lots, max(starts_at) AS latest
    FROM auctions WHERE status IN ('active', 'paused')
    GROUP BY sale_id
), sale AS MATERIALIZED (
    SELECT s.id, s.pacing_mode, present.now,
           least(CASE s.pacing_mode
                     WHEN 'interval' THEN CASE
                         WHEN present.now < greatest(open.latest, s.paced_at) + s.pacing_interval_ms * interval '1 millisecond'
                         THEN 0 ELSE 1 END
                     WHEN 'sequential' THEN CASE WHEN open.lots > 0 THEN 0 ELSE 1 END
                     WHEN 'own' THEN CASE
                         WHEN EXISTS (SELECT FROM auctions a
                                      WHERE a.sale_id = s.id AND a.status = 'scheduled' AND a.starts_at <= present.now)
                         THEN $2::bigint ELSE 0 END
                     ELSE $2 END,
                 CASE s.max_active WHEN 0 THEN $2 ELSE greatest(s.max_active - coalesce(open.lots, 0), 0) END) AS room
    FROM present
    JOIN sales s ON s.status = 'running' AND s.paused_at IS NULL AND s.pacing_mode <> 'manual'
                    AND (s.starts_at IS NULL OR s.starts_at <= present.now)
    LEFT JOIN open ON open.sale_id = s.id
)
SELECT due.id, sale.id AS sale_id
FROM sale
CROSS JOIN LATERAL (
    SELECT a.id, a.lot_number
    FROM auctions a
    WHERE a.sale_id = sale.id AND a.status = 'scheduled'
      AND (a.starts_at <= sale.now OR (a.starts_at IS NULL AND sale.pacing_mode <> 'own'))
      AND a.id <> ALL ($1::bigint[])
    ORDER BY a.lot_number
    LIMIT sale.room) AS due
WHERE sale.room > 0
ORDER BY sale.id, due.lot_number
LIMIT $2;
