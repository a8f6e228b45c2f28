-- What everybody did who applied or was registered at a sale, in order of paddle: $1 sale, $2 whether the office asks (it does).
-- Somebody led a lot whose bid was the last of a decision: the house's answers to it name it as their cause. Refused bids are
-- those of the audit log, where floods stand in lumps with their count. By registrations' primary key, the key of sale and lot
-- number, and the lots' own keys of bids, events and audit entries.
WITH lots AS MATERIALIZED (
    SELECT id, status, price, leader FROM auctions WHERE sale_id = $1::bigint AND $2::boolean AND status <> 'draft'
), bid AS (
    SELECT b.user_id, count(*) AS bids, count(*) FILTER (WHERE b.verdict = 'retracted') AS retracted,
           count(DISTINCT b.auction_id) AS lots, max(b.received_at) AS last_at
    FROM lots JOIN bids b ON b.auction_id = lots.id
    WHERE b.verdict <> 'refused'
    GROUP BY b.user_id
), line AS (
    SELECT e.auction_id, (said->>'paddle')::integer AS paddle, coalesce((said->>'cause')::bigint, e.seq) AS cause,
           lead((said->>'cause')::bigint) OVER (PARTITION BY e.auction_id ORDER BY e.seq) AS next_cause
    FROM lots
    JOIN auction_events e ON e.auction_id = lots.id AND e.kind = 'bid'
    CROSS JOIN LATERAL (SELECT e.public_part::jsonb AS said OFFSET 0) AS part
), led AS (
    SELECT paddle, count(DISTINCT auction_id) AS lots FROM line WHERE next_cause IS DISTINCT FROM cause GROUP BY paddle
), standing AS (
    SELECT leader AS user_id, count(*) FILTER (WHERE status = 'sold') AS won, sum(price) FILTER (WHERE status = 'sold') AS amount,
           count(*) FILTER (WHERE status IN ('active', 'paused')) AS leading
    FROM lots
    WHERE leader IS NOT NULL AND status IN ('active', 'paused', 'sold')
    GROUP BY leader
), refusal AS (
    SELECT user_id, sum(times) AS times, jsonb_object_agg(code, times ORDER BY code) AS by_code,
           string_agg(code || ' ' || times, ', ' ORDER BY times DESC, code) AS words
    FROM (SELECT l.user_id, l.code, sum(l.count) AS times
          FROM lots JOIN audit_log l ON l.auction_id = lots.id
          WHERE l.action = 'bid' AND l.code <> 'OK'
          GROUP BY l.user_id, l.code) AS counted
    GROUP BY user_id
)
SELECT r.paddle, r.user_id AS "userId", u.name, r.status, r.owner_category AS "ownerCategory", r.principal,
       r.invoice_name AS "invoiceName", to_ms(r.applied_at) AS "appliedAt", to_ms(r.decided_at) AS "decidedAt",
       r.credit_limit AS "creditLimit", r.exposure, coalesce(bid.bids, 0) AS bids, coalesce(bid.retracted, 0) AS retracted,
       coalesce(bid.lots, 0) AS "lotsBidOn", coalesce(led.lots, 0) AS "lotsLed", coalesce(standing.leading, 0) AS leading,
       coalesce(standing.won, 0) AS won, coalesce(standing.amount, 0) AS amount, to_ms(bid.last_at) AS "lastBidAt",
       coalesce(refusal.times, 0) AS refused, coalesce(refusal.by_code, '{}') AS "refusedByCode", refusal.words AS "refusedCodes"
FROM registrations r
JOIN users u ON u.id = r.user_id
LEFT JOIN bid USING (user_id)
LEFT JOIN led ON led.paddle = r.paddle
LEFT JOIN standing USING (user_id)
LEFT JOIN refusal USING (user_id)
WHERE r.sale_id = $1
ORDER BY r.paddle NULLS LAST, r.user_id;
