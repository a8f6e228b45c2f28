-- What the office's desk at a sale shows ($1 the sale): the lots under the hammer, those about to come and those just ended, with
-- what the public does not see, and the last commands with who gave them and what they said. What only the nodes know is handed in: $2 lots and $3
-- paddles, pair by pair, of bidders in the rooms; $4 lots with $5 how many others are there and $6 how many bids wait. One row, or
-- none for no such sale. Of lots and of commands a few each, by indexes that have them in order (auctions_live, auctions_scheduled,
-- auctions_rested, commands_of_sale), however large the sale is and however long its history.
WITH shown AS MATERIALIZED (
    (SELECT * FROM auctions WHERE sale_id = $1::bigint AND status IN ('active', 'paused') ORDER BY lot_number LIMIT 100)
    UNION ALL
    (SELECT * FROM auctions WHERE sale_id = $1 AND status = 'scheduled' ORDER BY lot_number LIMIT 5)
    UNION ALL
    (SELECT * FROM auctions
     WHERE sale_id = $1 AND status IN ('sold', 'passed', 'withdrawn') AND rested_at > now() - interval '1 minute'
     ORDER BY lot_number LIMIT 20)
), here AS MATERIALIZED (
    SELECT DISTINCT auction_id, paddle FROM unnest($2::bigint[], $3::bigint[]) AS h (auction_id, paddle)
), counted AS MATERIALIZED (
    SELECT auction_id, sum(visitors) AS visitors, sum(queue) AS queue
    FROM unnest($4::bigint[], $5::bigint[], $6::bigint[]) AS c (auction_id, visitors, queue)
    GROUP BY auction_id
)
SELECT json_build_object(
    'saleId', s.id, 'status', s.status, 'pausedAtMs', to_ms(s.paused_at),
    'lots', (SELECT coalesce(json_agg(json_build_object(
            'auctionId', a.id, 'lotNumber', a.lot_number, 'status', a.status, 'expectedSeq', a.seq,
            'price', nullif(a.price, 0), 'reserve', nullif(a.reserve, 0),
            'startsAtMs', to_ms(a.starts_at),
            'endsAtMs', CASE WHEN a.status IN ('active', 'sold', 'passed', 'withdrawn') THEN to_ms(a.ends_at) END,
            'warnedAtMs', to_ms(a.warned_at),
            'leader', (SELECT json_build_object(
                           'userId', u.id, 'name', u.name, 'paddle', a.leader_paddle,
                           'availableCredit', CASE WHEN r.credit_limit IS NOT NULL THEN greatest(r.credit_limit - r.exposure, 0) END)
                       FROM users u LEFT JOIN registrations r ON r.sale_id = a.sale_id AND r.user_id = u.id
                       WHERE u.id = a.leader),
            'earlyMaxima', (SELECT count(*) FROM early_maxima m WHERE m.auction_id = a.id),
            'queue', coalesce((SELECT queue FROM counted WHERE counted.auction_id = a.id), 0),
            'visitors', coalesce((SELECT visitors FROM counted WHERE counted.auction_id = a.id), 0),
            'bidders', (SELECT coalesce(json_agg(json_build_object('userId', u.id, 'paddle', r.paddle, 'name', u.name) ORDER BY r.paddle),
                                        '[]'::json)
                        FROM here
                        JOIN registrations r ON r.sale_id = a.sale_id AND r.paddle = here.paddle
                        JOIN users u ON u.id = r.user_id
                        WHERE here.auction_id = a.id)) ORDER BY a.lot_number), '[]'::json)
             FROM shown a),
    'commands', (SELECT coalesce(json_agg(json_build_object(
                     'auctionId', last.auction_id, 'lotNumber', last.lot_number, 'commandId', last.command_id,
                     'kind', last.kind, 'seq', last.seq, 'said', last.content::json,
                     'atMs', to_ms(last.performed_at), 'userId', last.user_id, 'name', last.name)
                     ORDER BY last.performed_at DESC, last.auction_id, last.seq DESC), '[]'::json)
                 FROM (SELECT c.auction_id, a.lot_number, c.command_id, c.kind, c.seq, c.content, c.performed_at, u.id AS user_id, u.name
                       FROM (SELECT * FROM commands
                             WHERE sale_id = $1
                             ORDER BY performed_at DESC, auction_id, seq DESC
                             LIMIT 20) AS c
                       JOIN auctions a ON a.id = c.auction_id
                       JOIN users u ON u.id = c.user_id) AS last))::text AS data
FROM sales s
WHERE s.id = $1;
