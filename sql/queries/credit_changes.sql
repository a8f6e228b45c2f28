-- Of the clients connected to a node, what is left of their credit at sales to come or under way, where the office has changed
-- anything of their registrations: $1 their users, $2 the sum of the registrations' versions last told (0: none), element by element.
-- Only those with another sum come back, by their place in the arrays (from 1), a row a sale, with the data of you:update as in
-- you_credit.sql. For when Redis, which tells it otherwise, is away. An index of registrations by user, and primary keys.
SELECT now_is.place, now_is.versions,
       json_build_object(
           'auctionId', NULL, 'saleId', r.sale_id, 'stateSeq', NULL, 'leading', NULL, 'maxAmount', NULL,
           'availableCredit', CASE WHEN r.credit_limit IS NOT NULL THEN greatest(r.credit_limit - r.exposure, 0) END)::text AS data
FROM (SELECT c.place, c.user_id, c.told, (SELECT sum(version)::bigint FROM registrations WHERE user_id = c.user_id) AS versions
      FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS c (user_id, told, place)) AS now_is
JOIN registrations r ON r.user_id = now_is.user_id
JOIN sales s ON s.id = r.sale_id AND s.status IN ('published', 'running')
WHERE now_is.versions <> now_is.told
ORDER BY now_is.place, r.sale_id;
