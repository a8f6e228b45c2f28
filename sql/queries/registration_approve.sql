-- Approves a bidder, behind sale_lock.sql in the same transaction. $1 sale, $2 user or $3 e-mail (the other null),
-- $4 paddle (null: the one there is, else the lowest free), $5 whether $6, the credit limit (null: none), is meant,
-- $7 who decides. A viewer becomes a bidder: see the trigger of registrations. No row: no such active user. outcome: made,
-- done, office (never bids), paddle (has another).
WITH person AS MATERIALIZED (
    SELECT id, role FROM users
    WHERE (id = $2::bigint OR lower(email) = lower($3::text)) AND active
    FOR NO KEY UPDATE
), judged AS MATERIALIZED (
    SELECT person.id, r.paddle,
           CASE WHEN person.role NOT IN ('viewer', 'bidder') THEN 'office'
                WHEN r.paddle <> $4::bigint THEN 'paddle'
                WHEN r.user_id IS NULL THEN 'made'
                ELSE 'done' END AS outcome
    FROM person
    LEFT JOIN registrations r ON r.sale_id = $1::bigint AND r.user_id = person.id
), registered AS (
    INSERT INTO registrations (sale_id, user_id, status, paddle, credit_limit, decided_at, decided_by)
    SELECT $1, id, 'approved',
           coalesce($4, paddle, (
               SELECT min(free.n)
               FROM generate_series(1, (SELECT count(*) + 1 FROM registrations WHERE sale_id = $1)) AS free (n)
               WHERE NOT EXISTS (SELECT FROM registrations taken WHERE taken.sale_id = $1 AND taken.paddle = free.n))),
           $6::bigint, now(), $7::bigint
    FROM judged
    WHERE outcome IN ('made', 'done')
    ON CONFLICT (sale_id, user_id) DO UPDATE
    SET status = 'approved', paddle = excluded.paddle, reason = NULL,
        credit_limit = CASE WHEN $5::boolean THEN excluded.credit_limit ELSE registrations.credit_limit END,
        decided_at = excluded.decided_at, decided_by = excluded.decided_by, version = registrations.version + 1
    RETURNING user_id, paddle
)
SELECT outcome, id FROM judged;
