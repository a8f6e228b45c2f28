-- Changes a sale: $1 id, $2 the body, $3 entity tags of which one must be the version's, $4 any version will do.
-- Members that the body does not have stay. outcome: done, missing, stale, fixed (a sale with lots that are no drafts would
-- become a draft, and those lots vanish while people bid on them).
WITH body AS MATERIALIZED (
    SELECT $2::text::jsonb AS b
), target AS MATERIALIZED (
    SELECT id, $4::boolean OR '"' || version || '"' = ANY ($3::text[]) AS fits,
           status <> 'draft' AND $2::text::jsonb->>'status' = 'draft'
               AND EXISTS (SELECT FROM auctions a WHERE a.sale_id = sales.id AND a.status <> 'draft') AS shown
    FROM sales WHERE id = $1::bigint FOR UPDATE
), changed AS (
    UPDATE sales s
    SET name_ja   = coalesce(b->>'nameJa', name_ja),
        name_en   = coalesce(b->>'nameEn', name_en),
        status    = coalesce(b->>'status', status),
        starts_at = CASE WHEN b ? 'startsAt' THEN (b->>'startsAt')::timestamptz ELSE starts_at END,
        ends_at   = CASE WHEN b ? 'endsAt' THEN (b->>'endsAt')::timestamptz ELSE ends_at END,
        ladder    = CASE WHEN b ? 'ladder' THEN ARRAY(
            SELECT pair.amount
            FROM jsonb_array_elements(b->'ladder') WITH ORDINALITY AS rung (value, place),
                 LATERAL (VALUES (1, (rung.value->>'below')::numeric::bigint), (2, (rung.value->>'step')::numeric::bigint))
                     AS pair (half, amount)
            ORDER BY rung.place, pair.half) ELSE ladder END,
        duration_ms          = coalesce((b->>'durationMs')::numeric::bigint, duration_ms),
        extension_window_ms  = coalesce((b->>'extensionWindowMs')::numeric::bigint, extension_window_ms),
        extension_ms         = coalesce((b->>'extensionMs')::numeric::bigint, extension_ms),
        late_ms              = coalesce((b->>'lateMs')::numeric::bigint, late_ms),
        close_grace_ms       = coalesce((b->>'closeGraceMs')::numeric::bigint, close_grace_ms),
        extension_mode       = coalesce(b->>'extensionMode', extension_mode),
        max_extensions       = coalesce((b->>'maxExtensions')::numeric::integer, max_extensions),
        tax_rate_bp          = coalesce((b->>'taxRateBp')::numeric::integer, tax_rate_bp),
        buyer_commission_bp  = coalesce((b->>'buyerCommissionBp')::numeric::integer, buyer_commission_bp),
        seller_commission_bp = coalesce((b->>'sellerCommissionBp')::numeric::integer, seller_commission_bp),
        version    = version + 1,
        updated_at = now()
    FROM body, target
    WHERE s.id = target.id AND target.fits AND target.shown IS NOT TRUE
    RETURNING s.id
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM changed) THEN 'done'
            WHEN NOT (SELECT fits FROM target) THEN 'stale'
            ELSE 'fixed' END AS outcome;
