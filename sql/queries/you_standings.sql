-- How users stand at lots, as each of them is told on every device: $1 lots, $2 users, element by element; each pair once,
-- however often it is named. The data of you:update, of one moment: stateSeq names it. availableCredit is that of the whole
-- sale (null: no limit). Primary keys; the LIMIT keeps it so while nothing is known yet of how many registrations a sale has.
SELECT p.user_id,
       json_build_object(
           'auctionId', a.id, 'saleId', a.sale_id, 'stateSeq', a.seq, 'leading', a.leader IS NOT DISTINCT FROM p.user_id,
           'maxAmount', CASE WHEN a.leader = p.user_id THEN a.leader_max
                             WHEN a.status = 'scheduled' THEN (SELECT m.maximum FROM early_maxima m
                                                               WHERE m.auction_id = a.id AND m.user_id = p.user_id) END,
           'availableCredit', CASE WHEN r.credit_limit IS NOT NULL THEN greatest(r.credit_limit - r.exposure, 0) END)::text AS data
FROM (SELECT DISTINCT user_id, auction_id FROM unnest($1::bigint[], $2::bigint[]) AS named (auction_id, user_id)) AS p
JOIN auctions a ON a.id = p.auction_id
LEFT JOIN LATERAL (SELECT * FROM registrations
                   WHERE sale_id = a.sale_id AND user_id = p.user_id AND status = 'approved' LIMIT 1) r ON true;
