-- Puts a lot ($2) on a user's ($1) watch list; $3 whether the office asks: others see no drafts; $4 how many at most. outcome:
-- done (also when it was there), full. No row: no such lot. The user's row is locked, so that two at once do not both find
-- room for the last. By primary keys.
WITH lot AS MATERIALIZED (
    SELECT a.id FROM auctions a JOIN sales s ON s.id = a.sale_id
    WHERE a.id = $2::bigint AND ($3::boolean OR (a.status <> 'draft' AND s.status <> 'draft'))
), person AS MATERIALIZED (
    SELECT id FROM users WHERE id = $1::bigint FOR NO KEY UPDATE
), had AS MATERIALIZED (
    SELECT count(*) AS lots, coalesce(bool_or(w.auction_id = $2), false) AS this
    FROM person JOIN watchlist w ON w.user_id = person.id
), added AS (
    INSERT INTO watchlist (user_id, auction_id)
    SELECT person.id, lot.id FROM person, lot, had WHERE NOT had.this AND had.lots < $4::bigint
    ON CONFLICT DO NOTHING
)
SELECT CASE WHEN had.this OR had.lots < $4 THEN 'done' ELSE 'full' END AS outcome FROM lot, had;
