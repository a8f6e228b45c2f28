-- Changes a sale: $1 id, $2 the body, $3 entity tags of which one must be the version's, $4 any version will do, $5 who
-- asks. Members that the body does not have stay. The sale's life is the table below: what it may become, and what must
-- hold of its lots for that. outcome: done, missing, stale, fixed (with the reason as detail).
WITH life (before, after, demand) AS (VALUES
    ('draft',     'published', NULL),
    ('published', 'draft',     'nothing_scheduled'), -- lots that people see would vanish
    ('published', 'running',   NULL),
    ('published', 'closed',    'all_ended'),
    ('running',   'published', 'nothing_open'),
    ('running',   'closed',    'all_ended'),
    ('closed',    'running',   NULL)                 -- closed too soon
), body AS MATERIALIZED (
    SELECT $2::text::jsonb AS b
), target AS MATERIALIZED (
    SELECT id, status AS was, coalesce(b->>'status', status) AS wanted,
           $4::boolean OR '"' || version || '"' = ANY ($3::text[]) AS fits
    FROM sales, body WHERE id = $1::bigint FOR UPDATE OF sales
), judged AS MATERIALIZED (
    SELECT target.*,
           CASE WHEN target.wanted = target.was THEN NULL
                WHEN life.after IS NULL THEN 'The sale cannot become that from what it is.'
                WHEN life.demand = 'nothing_scheduled'
                     AND EXISTS (SELECT FROM auctions a WHERE a.sale_id = target.id AND a.status <> 'draft')
                    THEN 'It has lots that are no drafts.'
                WHEN life.demand = 'nothing_open'
                     AND EXISTS (SELECT FROM auctions a WHERE a.sale_id = target.id AND a.status IN ('active', 'paused'))
                    THEN 'It has lots under the hammer.'
                WHEN life.demand = 'all_ended'
                     AND EXISTS (SELECT FROM auctions a
                                 WHERE a.sale_id = target.id AND a.status IN ('draft', 'scheduled', 'active', 'paused'))
                    THEN 'It has lots that have not ended.' END AS obstacle
    FROM target
    LEFT JOIN life ON life.before = target.was AND life.after = target.wanted
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
        entry_fee  = coalesce((b->>'entryFee')::numeric::bigint, entry_fee),
        passed_fee = coalesce((b->>'passedFee')::numeric::bigint, passed_fee),
        due_on        = CASE WHEN b ? 'dueOn' THEN (b->>'dueOn')::date ELSE due_on END,
        terms_version = CASE WHEN b ? 'termsVersion' THEN b->>'termsVersion' ELSE terms_version END,
        terms_url     = CASE WHEN b ? 'termsUrl' THEN b->>'termsUrl' ELSE terms_url END,
        pacing_mode        = coalesce(b->>'pacingMode', pacing_mode),
        pacing_interval_ms = coalesce((b->>'pacingIntervalMs')::numeric::bigint, pacing_interval_ms),
        max_active         = coalesce((b->>'maxActive')::numeric::integer, max_active),
        version    = version + 1,
        updated_at = now()
    FROM body, judged
    WHERE s.id = judged.id AND judged.fits AND judged.obstacle IS NULL
    RETURNING s.id
), logged AS (
    INSERT INTO audit_log (user_id, action, sale_id, details)
    SELECT $5::bigint, 'sale_changed', changed.id, body.b FROM changed, body
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM target) THEN 'missing'
            WHEN EXISTS (SELECT FROM changed) THEN 'done'
            WHEN NOT (SELECT fits FROM target) THEN 'stale'
            ELSE 'fixed' END AS outcome,
       (SELECT obstacle FROM judged) AS detail;
