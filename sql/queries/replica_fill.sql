-- What a node missed of a lot ($1 its id): the columns of ledger_load.sql, and "events", the public events after seq $2 as
-- a JSON array, in order; null when there are more than $3 of them. By primary key; events by a range of the ledger's.
SELECT a.id, a.sale_id, a.lot_number, false AS sale_shut, a.seq, a.head_hash, a.status, a.start_price, a.reserve, a.step_override,
       a.price, a.leader, a.leader_paddle, a.leader_max, a.bid_count,
       to_ms(a.starts_at) AS starts_at, to_ms(a.ends_at) AS ends_at, a.remaining_ms, a.paused_by_outage,
       a.extensions, to_ms(a.warned_at) AS warned_at, array_to_string(a.ladder, ',') AS ladder,
       a.duration_ms, a.extension_window_ms, a.extension_ms, a.late_ms, a.close_grace_ms, a.extension_mode,
       a.max_extensions, NULL::bigint AS dark_since, to_ms(clock_timestamp()) AS db_now,
       CASE WHEN a.seq - $2::bigint <= $3::bigint THEN
           (SELECT coalesce('[' || string_agg(public_event(e), ',' ORDER BY e.seq) || ']', '[]')
            FROM auction_events e WHERE e.auction_id = a.id AND e.seq > $2 AND e.seq <= a.seq)
       END AS events
FROM auctions a
WHERE a.id = $1::bigint AND a.status <> 'draft';
