-- Lots that a command about a whole sale concerns, in order of lot number: $1 sale, $2 command id, $3 kind, $4 which lots (active;
-- or of the paused ones: sale, those that a pause of the sale paused; outage; all), $5 only those that have it behind them,
-- $6 after this lot number, $7 at most. Those that have it behind them are always among them: their answer is given again.
SELECT a.id, a.lot_number
FROM auctions a
WHERE a.sale_id = $1::bigint AND a.lot_number > $6::bigint
  AND (EXISTS (SELECT FROM commands c WHERE c.auction_id = a.id AND c.command_id = $2::uuid AND c.kind = $3::text)
       OR NOT $5::boolean AND CASE $4::text
           WHEN 'active' THEN a.status = 'active'
           WHEN 'outage' THEN a.status = 'paused' AND a.paused_by_outage
           WHEN 'sale' THEN a.status = 'paused' AND EXISTS (
               SELECT FROM commands c
               JOIN sale_commands s ON s.sale_id = $1 AND s.command_id = c.command_id AND s.kind = 'pause'
               WHERE c.auction_id = a.id AND c.kind = 'pause'
                 AND NOT EXISTS (SELECT FROM auction_events e
                                 WHERE e.auction_id = a.id AND e.seq > c.seq AND e.kind = 'paused'))
           ELSE a.status = 'paused' END)
ORDER BY a.lot_number
LIMIT $7::bigint;
