-- What people are told of what concerns them: in the application, live on their sockets, by mail; and how far the ledger has
-- been followed for it.

-- Every kind, whether it is told live and by mail unless the user wants it otherwise. A letter about it is made from the
-- template of its name (rest/mail/template.c), to which the data's decision, role or result is added: registration_approved.
CREATE TABLE notification_kinds (
    kind     text PRIMARY KEY,
    position integer NOT NULL UNIQUE,
    socket   boolean NOT NULL,
    mail     boolean NOT NULL
);
INSERT INTO notification_kinds (position, kind, socket, mail) VALUES
    (1, 'outbid',       true, false), -- somebody else leads a lot that one has led
    (2, 'lot_soon',     true, false), -- a lot one watches or left a maximum for is about to start
    (3, 'won',          true, true),  -- the hammer fell to one
    (4, 'sold',         true, true),  -- a lot of one's own (as consignor) was sold
    (5, 'passed',       true, true),  -- a lot of one's own was not
    (6, 'result',       true, false), -- how a lot that one watched or bid on ended
    (7, 'bid_retracted', true, false), -- a bid of one's own was taken back, or one leads again because of it
    (8, 'reopened',     true, false), -- an ended lot that one had to do with is under the hammer again
    (9, 'registration', true, true);  -- an application to bid at a sale was decided

-- What a user wants otherwise than the table above says.
CREATE TABLE notification_settings (
    user_id bigint NOT NULL REFERENCES users,
    kind    text NOT NULL REFERENCES notification_kinds,
    socket  boolean NOT NULL,
    mail    boolean NOT NULL,
    PRIMARY KEY (user_id, kind)
);

ALTER TABLE notifications
    ADD CONSTRAINT notifications_kind_fkey FOREIGN KEY (kind) REFERENCES notification_kinds,
    -- when it was told live, or that this is not wanted; null: it still has to be
    ADD COLUMN announced_at timestamptz;
UPDATE notifications SET announced_at = created_at;

-- One thing is told once: what it is about is the lot and the ledger's seq in `data` (none: 0).
CREATE UNIQUE INDEX notifications_once ON notifications (user_id, auction_id, kind, (coalesce((data ->> 'seq')::bigint, 0)))
    WHERE auction_id IS NOT NULL;
-- Of a lot there is one unread "outbid", the newest.
CREATE UNIQUE INDEX notifications_one_outbid ON notifications (user_id, auction_id) WHERE kind = 'outbid' AND read_at IS NULL;
CREATE INDEX notifications_unread ON notifications (user_id, id DESC) WHERE read_at IS NULL;
CREATE INDEX notifications_unannounced ON notifications (id) WHERE announced_at IS NULL;
CREATE INDEX notifications_read ON notifications (read_at) WHERE read_at IS NOT NULL;
CREATE INDEX watchlist_auction ON watchlist (auction_id);
CREATE INDEX party_users_user ON party_users (user_id);
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

-- Tells a user of something, within the transaction that makes it so: the rest (live, by mail) follows from the row, whatever
-- becomes of the process. `lot` is null where no lot is concerned. A repeat (same user, lot, kind and data.seq) does nothing.
-- An "outbid" takes the place of an unread one of the same lot, with a new id: whoever marks as read what they have seen does not
-- mark what came since. What data hold, by kind:
--   outbid {seq, price}   won, sold {seq, price}   passed {seq}   result {seq, result, price}
--   bid_retracted {seq, role: owner|leader, price, reason}   reopened {seq, reason}   lot_soon {startsAtMs}
--   registration {decision: approved|rejected|revoked, saleId, and paddle, limit or reason}
CREATE FUNCTION notify(recipient bigint, kind text, lot bigint DEFAULT NULL, data jsonb DEFAULT '{}') RETURNS void
    LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    wanted record;
BEGIN
    SELECT coalesce(s.socket, k.socket) AS socket, coalesce(s.mail, k.mail) AS mail INTO STRICT wanted
    FROM notification_kinds k
    LEFT JOIN notification_settings s ON s.kind = k.kind AND s.user_id = recipient
    WHERE k.kind = notify.kind;

    IF kind = 'outbid' THEN
        UPDATE notifications n
        SET id = DEFAULT, data = notify.data, created_at = now(), announced_at = CASE WHEN NOT wanted.socket THEN now() END
        WHERE n.user_id = recipient AND n.auction_id = lot AND n.kind = 'outbid' AND n.read_at IS NULL
          AND (n.data ->> 'seq')::bigint < (notify.data ->> 'seq')::bigint;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;

    INSERT INTO notifications (user_id, kind, auction_id, data, announced_at)
    VALUES (recipient, kind, lot, data, CASE WHEN NOT wanted.socket THEN now() END)
    ON CONFLICT DO NOTHING;
    IF FOUND AND wanted.mail THEN
        PERFORM mail_add(recipient, concat_ws('_', kind, data ->> 'decision', data ->> 'role', data ->> 'result'),
                         data || jsonb_strip_nulls(jsonb_build_object('auctionId', lot)));
    END IF;
END $$;

-- The notification as REST lists it and the socket tells it.
CREATE FUNCTION notification_json(n notifications) RETURNS text LANGUAGE sql STABLE
    RETURN (SELECT row_to_json(r)::text FROM (
        SELECT n.id, n.kind, n.data, rfc3339(n.created_at) AS "createdAt", rfc3339(n.read_at) AS "readAt",
               (SELECT row_to_json(l) FROM (
                    SELECT a.id, a.sale_id AS "saleId", a.lot_number AS "lotNumber",
                           display_name_ja(h) AS "displayNameJa", display_name_en(h) AS "displayNameEn"
                    FROM auctions a JOIN horses h ON h.id = a.horse_id
                    WHERE a.id = n.auction_id) AS l) AS auction) AS r);

-- How far each lot's ledger has been followed, and who led there. Beside the lot and not in it, so that nobody who appends waits
-- for this; and without a key to users, as in the ledger that it comes from.
CREATE TABLE followed (
    auction_id bigint PRIMARY KEY REFERENCES auctions,
    seq        bigint NOT NULL DEFAULT 0,
    leader     bigint
);
-- Nobody is told today of what was before.
INSERT INTO followed (auction_id, seq, leader) SELECT id, seq, leader FROM auctions WHERE seq > 0;
