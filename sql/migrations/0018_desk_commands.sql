-- The office's desk shows a sale's last commands, read once a second: by one range of an index, however many there are. The sale is
-- the lot's, which it cannot leave once a command has been given; a key of its own would lock the sale's row with every command.
ALTER TABLE commands ADD COLUMN sale_id bigint;
UPDATE commands c SET sale_id = a.sale_id FROM auctions a WHERE a.id = c.auction_id;
ALTER TABLE commands ALTER COLUMN sale_id SET NOT NULL;
CREATE INDEX commands_of_sale ON commands (sale_id, performed_at DESC, auction_id, seq DESC);
