-- Credit limits that hold, and maxima left before the start.

-- What a lot holds of its leader's (or winner's) credit. Written so that PostgreSQL inlines it.
CREATE FUNCTION lot_exposure(status text, price bigint, leader_max bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE status WHEN 'active' THEN leader_max WHEN 'paused' THEN leader_max WHEN 'sold' THEN price ELSE 0 END;

-- The maxima that stand at a lot which is scheduled: the fold of its events of kind maximum_left, kept beside the lot's row
-- for the same reason as that row itself. Only the append writes here. `seq` is that of the event: the order in which the
-- start decides them. Empty once the lot is started, passed or withdrawn.
CREATE TABLE early_maxima (
    auction_id bigint NOT NULL REFERENCES auctions,
    user_id    bigint NOT NULL REFERENCES users,
    maximum    yen NOT NULL CHECK (maximum > 0),
    seq        bigint NOT NULL CHECK (seq > 0),
    bid_id     uuid NOT NULL,
    PRIMARY KEY (auction_id, user_id)
);

-- A bidder's own, among a lot's very many events.
CREATE INDEX auction_events_maxima ON auction_events (auction_id, seq) WHERE kind = 'maximum_left';

-- Exposure, derived anew from what it is made of. registrations.exposure is the sum, kept by the append.
CREATE VIEW lot_exposures AS
    SELECT sale_id, leader AS user_id, id AS auction_id, lot_exposure(status, price, leader_max) AS amount
    FROM auctions
    WHERE leader IS NOT NULL AND status IN ('active', 'paused', 'sold')
    UNION ALL
    SELECT a.sale_id, m.user_id, m.auction_id, m.maximum
    FROM early_maxima m
    JOIN auctions a ON a.id = m.auction_id;

-- Where the two differ; no row is ever to be seen here.
CREATE VIEW exposure_faults AS
    SELECT sale_id, user_id, r.exposure AS kept, coalesce(derived.exposure, 0) AS derived
    FROM registrations r
    LEFT JOIN (SELECT sale_id, user_id, sum(amount)::bigint AS exposure
               FROM lot_exposures GROUP BY sale_id, user_id) AS derived USING (sale_id, user_id)
    WHERE r.exposure <> coalesce(derived.exposure, 0);

-- For lots that were bid on before somebody kept the sum. Nobody appends meanwhile.
LOCK TABLE auctions IN EXCLUSIVE MODE;
UPDATE registrations r SET exposure = f.derived
FROM exposure_faults f
WHERE r.sale_id = f.sale_id AND r.user_id = f.user_id;

-- The sum changes with nearly every bid: room for the new version beside the old one.
ALTER TABLE registrations SET (fillfactor = 50);
