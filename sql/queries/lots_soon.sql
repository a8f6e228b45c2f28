-- Tells those who watch a lot, or have left a maximum for it, that it is about to start: it is to start within $1 seconds, or it has no hour and is among the
-- next $2 of a sale in which lots are being sold. Once for each of them and each lot. Of several processes one does it at a
-- time. The scheduled lots, by the index of live horses; those concerned by lot.
WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtext('seri: lots soon')) AS mine
), scheduled AS MATERIALIZED (
    SELECT a.id, a.sale_id, a.starts_at, row_number() OVER (PARTITION BY a.sale_id ORDER BY a.lot_number) AS place
    FROM auctions a
    JOIN sales s ON s.id = a.sale_id
    WHERE a.status = 'scheduled' AND s.status IN ('published', 'running')
), soon AS MATERIALIZED (
    SELECT id, starts_at
    FROM scheduled
    WHERE starts_at < now() + $1::bigint * interval '1 second'
       OR (starts_at IS NULL AND place <= $2::bigint
           AND EXISTS (SELECT 1 FROM auctions o WHERE o.sale_id = scheduled.sale_id AND o.status IN ('active', 'paused')))
)
SELECT count(notify(user_id, 'lot_soon', id, data)) AS notifications
FROM (SELECT w.user_id, soon.id, jsonb_strip_nulls(jsonb_build_object('startsAtMs', to_ms(soon.starts_at))) AS data
      FROM turn
      JOIN soon ON turn.mine
      CROSS JOIN LATERAL (SELECT user_id FROM watchlist WHERE auction_id = soon.id
                          UNION
                          SELECT user_id FROM early_maxima WHERE auction_id = soon.id) AS w
      WHERE NOT EXISTS (SELECT 1 FROM notifications n
                        WHERE n.user_id = w.user_id AND n.auction_id = soon.id AND n.kind = 'lot_soon')
      ORDER BY soon.id, w.user_id) AS told;
