-- The append (sql/queries/ledger_append.sql) is the only writer of events and of bids' memories. It holds the lot's row while it
-- writes them, and has found their users among the registrations or users just before; checking both again for every row would
-- take half the time of a large batch. What the foreign keys kept from the other side is kept by other means: a lot that has events
-- cannot be deleted, and a user who bid has a registration, whose own key stands.
ALTER TABLE auction_events DROP CONSTRAINT auction_events_auction_id_fkey;
ALTER TABLE bids DROP CONSTRAINT bids_auction_id_fkey, DROP CONSTRAINT bids_user_id_fkey;

CREATE TRIGGER auctions_with_events_undeletable BEFORE DELETE ON auctions
    FOR EACH ROW WHEN (OLD.seq > 0) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER auctions_untruncatable BEFORE TRUNCATE ON auctions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
