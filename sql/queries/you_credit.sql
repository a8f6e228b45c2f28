-- What is left of a user's credit at a sale ($1 sale, $2 user), as you:update tells it when the office has changed the limit: about
-- no lot. By primary key; no row without a registration.
SELECT r.user_id,
       json_build_object(
           'auctionId', NULL, 'saleId', r.sale_id, 'stateSeq', NULL, 'leading', NULL, 'maxAmount', NULL,
           'availableCredit', CASE WHEN r.credit_limit IS NOT NULL THEN greatest(r.credit_limit - r.exposure, 0) END)::text AS data
FROM registrations r
WHERE r.sale_id = $1::bigint AND r.user_id = $2::bigint;
