-- Changes a lot that is a draft; later its ledger is the only way. $1 id, $2 the body, $3 entity tags of which one must
-- be the version's, $4 any version will do. Members that the body does not have stay.
-- outcome: done, missing, stale, fixed (no draft any more), off_step (a price is no multiple of the sale's smallest step).
WITH body AS MATERIALIZED (
    SELECT $2::text::jsonb AS b
), target AS MATERIALIZED (
    SELECT a.id, a.status = 'draft' AS draft, $4::boolean OR '"' || a.version || '-' || a.seq || '"' = ANY ($3::text[]) AS fits,
           coalesce((b->>'startPrice')::numeric::bigint % s.ladder[2], 0) = 0
           AND coalesce((b->>'reservePrice')::numeric::bigint % s.ladder[2], 0) = 0 AS on_step
    FROM body
    CROSS JOIN auctions a
    JOIN sales s ON s.id = a.sale_id
    WHERE a.id = $1::bigint FOR UPDATE OF a
), changed AS (
    UPDATE auctions a
    SET horse_id    = coalesce((b->>'horseId')::numeric::bigint, horse_id),
        lot_number  = coalesce((b->>'lotNumber')::numeric::integer, lot_number),
        start_price = coalesce((b->>'startPrice')::numeric::bigint, start_price),
        reserve     = coalesce((b->>'reservePrice')::numeric::bigint, reserve),
        version     = version + 1,
        updated_at  = now()
    FROM body, target
    WHERE a.id = target.id AND target.fits AND target.draft AND target.on_step
    RETURNING a.id
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM changed) THEN 'done'
            WHEN NOT (SELECT draft FROM target) THEN 'fixed'
            WHEN NOT (SELECT fits FROM target) THEN 'stale'
            ELSE 'off_step' END AS outcome;
