-- The look that every node takes once a second: says that somebody can decide, writes down the dark that ended with
-- this look, and tells the database's clock and the state of every lot that runs or has changed since $1, the moment
-- of the node's look before (null: none; ten seconds more for what was then being committed).
-- The row of liveness is locked first and its moment read afterwards: of several nodes that come back from one outage
-- at once, the first records it and the others find the row fresh. Nobody can close a lot before that, because the
-- append asks for fresh liveness.
-- dark: an outage that an earlier look recorded overlaps the run of the lot's clock, so the lot is to be paused.
-- At least one row: without lots its columns from `id` on are null. Small indexes (auctions_live,
-- auctions_rested, outages_ended) and one row of liveness.
WITH previous AS MATERIALIZED (
    SELECT alive_at FROM liveness FOR UPDATE
), present AS MATERIALIZED (
    SELECT alive_at, clock_timestamp() AS at FROM previous
), gap AS (
    INSERT INTO outages (began_at, ended_at)
    SELECT alive_at, at FROM present WHERE at - alive_at > interval '3 seconds'
    ON CONFLICT (began_at) DO NOTHING
    RETURNING began_at
), alive AS (
    UPDATE liveness SET alive_at = present.at FROM present WHERE present.at > liveness.alive_at
), lots AS (
    SELECT id FROM auctions WHERE status IN ('active', 'paused')
    UNION
    SELECT id FROM auctions WHERE rested_at > least(from_ms($1::bigint), now()) - interval '10 seconds'
)
SELECT (extract(epoch FROM present.at) * 1000000)::bigint AS now_us,
       (SELECT to_ms(began_at) FROM gap) AS dark_since_ms,
       a.id, a.sale_id, a.lot_number, a.seq, a.status, a.price, to_ms(a.starts_at) AS starts_at_ms,
       to_ms(a.ends_at) AS ends_at_ms, a.close_grace_ms,
       a.status = 'active' AND EXISTS (
           SELECT 1 FROM outages o
           WHERE o.ended_at > a.running_since
             AND o.began_at < a.ends_at + a.close_grace_ms * interval '1 millisecond') AS dark
FROM present LEFT JOIN (lots JOIN auctions a USING (id)) ON true;
