-- Audit entries of bids come in floods, and their foreign keys cost more than the rows: each check locks the bidder's row, and
-- two writers locking one row at once make a multixact of it. The writers name people, lots and sales that exist
-- (audit_append.sql looks the lots up), none of which is deleted once it has a history; and an account of what happened must
-- not be able to fail because of what it is about.
ALTER TABLE audit_log
    DROP CONSTRAINT audit_log_user_id_fkey,
    DROP CONSTRAINT audit_log_auction_id_fkey,
    DROP CONSTRAINT audit_log_sale_id_fkey;

-- An accepted bid is in the ledger with its bidder, amount, times and address, unchangeably: it is not written down twice.
-- This is the whole account. (A retracted bid was accepted at its time; the retraction is an event of its own.)
CREATE VIEW audit_trail AS
    SELECT at, user_id, action, auction_id, sale_id, code, amount, count, address, details
    FROM audit_log
    UNION ALL
    SELECT received_at, user_id, 'bid', auction_id, NULL, 'OK', CASE amount WHEN 0 THEN max_amount ELSE amount END, 1, address,
           CASE WHEN abs(to_ms(sent_at) - to_ms(received_at)) > 5000
                THEN jsonb_build_object('skewMs', to_ms(sent_at) - to_ms(received_at)) ELSE '{}' END
    FROM bids
    WHERE verdict <> 'refused';
