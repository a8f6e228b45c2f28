-- Approves demo accounts for a sale ($1): $2 emails text[], $3 paddles bigint[], $4 credit limits bigint[] (0: none).
-- Whoever is registered already keeps what the office decided.
INSERT INTO registrations (sale_id, user_id, status, paddle, credit_limit, decided_at)
SELECT $1, users.id, 'approved', given.paddle::integer, nullif(given.credit_limit, 0), now()
FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS given (email, paddle, credit_limit)
JOIN users ON lower(users.email) = given.email AND users.demo
ON CONFLICT (sale_id, user_id) DO NOTHING
