-- Plans a sale as REST is asked to: $1 the body, checked against its schema. What it does not name is the house's
-- custom, as in the table's defaults.
INSERT INTO sales (name_ja, name_en, status, starts_at, ends_at, ladder, duration_ms, extension_window_ms, extension_ms,
                   late_ms, close_grace_ms, extension_mode, max_extensions, tax_rate_bp, buyer_commission_bp,
                   seller_commission_bp, entry_fee, passed_fee, due_on, terms_version, terms_url, pacing_mode,
                   pacing_interval_ms, max_active)
SELECT b->>'nameJa', b->>'nameEn', coalesce(b->>'status', 'draft'), (b->>'startsAt')::timestamptz,
       (b->>'endsAt')::timestamptz,
       CASE WHEN b ? 'ladder' THEN ARRAY(
           SELECT pair.amount
           FROM jsonb_array_elements(b->'ladder') WITH ORDINALITY AS rung (value, place),
                LATERAL (VALUES (1, (rung.value->>'below')::numeric::bigint), (2, (rung.value->>'step')::numeric::bigint))
                    AS pair (half, amount)
           ORDER BY rung.place, pair.half)
       ELSE '{1000000,10000,5000000,50000,10000000,100000,50000000,500000,100000000,1000000,0,5000000}' END,
       coalesce((b->>'durationMs')::numeric::bigint, 300000), coalesce((b->>'extensionWindowMs')::numeric::bigint, 300000),
       coalesce((b->>'extensionMs')::numeric::bigint, 300000), coalesce((b->>'lateMs')::numeric::bigint, 60000),
       coalesce((b->>'closeGraceMs')::numeric::bigint, 1000), coalesce(b->>'extensionMode', 'reset'),
       coalesce((b->>'maxExtensions')::numeric::integer, 0), coalesce((b->>'taxRateBp')::numeric::integer, 1000),
       coalesce((b->>'buyerCommissionBp')::numeric::integer, 0), coalesce((b->>'sellerCommissionBp')::numeric::integer, 0),
       coalesce((b->>'entryFee')::numeric::bigint, 0), coalesce((b->>'passedFee')::numeric::bigint, 0), (b->>'dueOn')::date,
       b->>'termsVersion', b->>'termsUrl', coalesce(b->>'pacingMode', 'own'),
       coalesce((b->>'pacingIntervalMs')::numeric::bigint, 120000), coalesce((b->>'maxActive')::numeric::integer, 0)
FROM (SELECT $1::text::jsonb AS b) AS body
RETURNING id;
