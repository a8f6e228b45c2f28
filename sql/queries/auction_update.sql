-- Changes a lot that is a draft; later its ledger is the only way. $1 id, $2 the body, $3 entity tags of which one must
-- be the version's, $4 any version will do. Members that the body does not have stay.
-- outcome: done, missing, stale, fixed (no draft any more).
WITH body AS MATERIALIZED (
    SELECT $2::text::jsonb AS b
), target AS MATERIALIZED (
    SELECT id, status = 'draft' AS draft, $4::boolean OR '"' || version || '-' || seq || '"' = ANY ($3::text[]) AS fits
    FROM auctions WHERE id = $1::bigint FOR UPDATE
), changed AS (
    UPDATE auctions a
    SET horse_id    = coalesce((b->>'horseId')::numeric::bigint, horse_id),
        lot_number  = coalesce((b->>'lotNumber')::numeric::integer, lot_number),
        start_price = coalesce((b->>'startPrice')::numeric::bigint, start_price),
        reserve     = coalesce((b->>'reservePrice')::numeric::bigint, reserve),
        version     = version + 1,
        updated_at  = now()
    FROM body, target
    WHERE a.id = target.id AND target.fits AND target.draft
    RETURNING a.id
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM changed) THEN 'done'
            WHEN (SELECT draft FROM target) THEN 'stale'
            ELSE 'fixed' END AS outcome;
