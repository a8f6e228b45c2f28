-- As ledger_load.sql ($1 the lot), but the row is the caller's until its transaction ends. The lock is waited for first, so
-- that the row, and the clock, are those of after the wait. A caller that is never heard of again (stopped, or cut off from
-- the network) must not keep the lot: after 2 s of silence its transaction is ended.
WITH locked AS MATERIALIZED (
    SELECT * FROM auctions WHERE id = $1::bigint FOR NO KEY UPDATE
)
SELECT a.id, a.sale_id, a.lot_number, s.status IN ('draft', 'closed') AS sale_shut, a.seq, a.head_hash, a.status, a.start_price, a.reserve, a.step_override,
       a.price, a.leader, a.leader_paddle, a.leader_max, a.bid_count,
       to_ms(a.starts_at) AS starts_at, to_ms(a.ends_at) AS ends_at, a.remaining_ms, a.paused_by_outage,
       a.extensions, to_ms(a.warned_at) AS warned_at,
       array_to_string(CASE a.seq WHEN 0 THEN s.ladder ELSE a.ladder END, ',') AS ladder,
       CASE a.seq WHEN 0 THEN s.duration_ms ELSE a.duration_ms END AS duration_ms,
       CASE a.seq WHEN 0 THEN s.extension_window_ms ELSE a.extension_window_ms END AS extension_window_ms,
       CASE a.seq WHEN 0 THEN s.extension_ms ELSE a.extension_ms END AS extension_ms,
       CASE a.seq WHEN 0 THEN s.late_ms ELSE a.late_ms END AS late_ms,
       CASE a.seq WHEN 0 THEN s.close_grace_ms ELSE a.close_grace_ms END AS close_grace_ms,
       CASE a.seq WHEN 0 THEN s.extension_mode ELSE a.extension_mode END AS extension_mode,
       CASE a.seq WHEN 0 THEN s.max_extensions ELSE a.max_extensions END AS max_extensions,
       to_ms(least(
           (SELECT min(greatest(o.began_at, a.running_since)) FROM outages o
            WHERE a.status = 'active' AND o.ended_at > a.running_since
              AND o.began_at < a.ends_at + a.close_grace_ms * interval '1 millisecond'),
           (SELECT greatest(l.alive_at, a.running_since) FROM liveness l
            WHERE a.status = 'active' AND l.alive_at < statement_timestamp() - interval '3 seconds'
              AND l.alive_at < a.ends_at + a.close_grace_ms * interval '1 millisecond'))) AS dark_since,
       to_ms(clock_timestamp()) AS db_now,
       set_config('idle_in_transaction_session_timeout', '2s', true) AS patience
FROM locked a
JOIN sales s ON s.id = a.sale_id;
