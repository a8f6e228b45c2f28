-- What a sale charges, how it paces its lots, on which terms people bid, and what they tell of themselves when they apply.

---- sales ----

ALTER TABLE sales
    ADD entry_fee   yen NOT NULL DEFAULT 0, -- 上場料: of the consignor, for each lot
    ADD passed_fee  yen NOT NULL DEFAULT 0, -- 主取り料: the same, for a lot that is not sold
    ADD due_on      date,                   -- null: ten days after the last day
    ADD terms_version text CONSTRAINT sales_terms_version_check CHECK (length(terms_version) BETWEEN 1 AND 50),
    ADD terms_url   text CONSTRAINT sales_terms_url_check CHECK (length(terms_url) <= 500 AND terms_url ~ '^(https?://|/)[^[:space:]]+$'),
    ADD CONSTRAINT sales_terms_check CHECK (terms_url IS NULL OR terms_version IS NOT NULL),
    ADD CONSTRAINT sales_due_check CHECK (due_on >= (ends_at AT TIME ZONE 'Asia/Tokyo')::date),

    -- What starts its lots while it is running: interval (one every pacing_interval_ms), sequential (one when none is open),
    -- together (all), own (each at its startsAt), manual (people only). Never before a lot's own startsAt.
    ADD pacing_mode        text NOT NULL DEFAULT 'own'
                           CHECK (pacing_mode IN ('interval', 'sequential', 'together', 'own', 'manual')),
    ADD pacing_interval_ms bigint NOT NULL DEFAULT 120000 CHECK (pacing_interval_ms BETWEEN 1000 AND 86400000),
    ADD max_active         integer NOT NULL DEFAULT 0 CHECK (max_active BETWEEN 0 AND 10000), -- 0: no limit
    ADD paced_at           timestamptz, -- when the clock last started a lot of it
    ADD paused_at          timestamptz; -- by the office: the clock starts nothing
CREATE INDEX sales_running ON sales (id) WHERE status = 'running';

-- The last day to pay what was bought, in Japan; null while the sale has no last day.
CREATE FUNCTION due_date(sale sales) RETURNS date LANGUAGE sql STABLE
    RETURN coalesce(sale.due_on, (sale.ends_at AT TIME ZONE 'Asia/Tokyo')::date + 10);

-- A command about a whole sale is carried out lot by lot, each lot remembering it in `commands`. This is the memory of the whole:
-- one that is not complete goes on when it is repeated, and one that is changes nothing more.
CREATE TABLE sale_commands (
    sale_id      bigint NOT NULL REFERENCES sales,
    command_id   uuid NOT NULL,
    user_id      bigint NOT NULL REFERENCES users,
    kind         text NOT NULL CHECK (kind IN ('pause', 'resume')),
    content      text NOT NULL,
    begun_at     timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    PRIMARY KEY (sale_id, command_id)
);

---- lots ----

-- Lots change places with one another in one statement, so numbers are unique at its end and not after each row.
ALTER TABLE auctions DROP CONSTRAINT auctions_sale_id_lot_number_key;
ALTER TABLE auctions ADD CONSTRAINT auctions_sale_id_lot_number_key UNIQUE (sale_id, lot_number) DEFERRABLE INITIALLY IMMEDIATE;
-- What may be started next. Rows of lots under the hammer are in neither, so bids cost nothing more.
CREATE INDEX auctions_scheduled ON auctions (sale_id, lot_number) WHERE status = 'scheduled';
CREATE INDEX auctions_planned ON auctions (sale_id, starts_at) WHERE status = 'scheduled' AND starts_at IS NOT NULL;

---- registrations ----

ALTER TABLE registrations DROP CONSTRAINT registrations_status_check;
ALTER TABLE registrations
    ADD CONSTRAINT registrations_status_check CHECK (status IN ('applied', 'approved', 'rejected', 'revoked', 'withdrawn')),
    -- 馬主資格: of JRA, of the local authorities (地方), of both, abroad, none
    ADD owner_category  text CHECK (owner_category IN ('jra', 'nar', 'jra_nar', 'overseas', 'none')),
    ADD owner_number    text CHECK (length(owner_number) BETWEEN 1 AND 50),
    ADD principal       text CHECK (length(principal) BETWEEN 1 AND 200), -- 代理人: for whom the person acts
    ADD invoice_name    text CHECK (length(invoice_name) BETWEEN 1 AND 200),
    ADD invoice_address text CHECK (length(invoice_address) BETWEEN 1 AND 500),
    ADD terms_version   text CHECK (length(terms_version) BETWEEN 1 AND 50), -- accepted with the application
    ADD declared_at     timestamptz, -- 反社会的勢力でないことの表明
    ADD requested_limit yen,
    ADD applied_at      timestamptz; -- null: the office registered the person by itself

-- Everything that follows from a decision of the office, whoever writes it: a viewer becomes a bidder, and it is on record.
CREATE FUNCTION registration_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'approved' THEN
        UPDATE users SET role = 'bidder', access_version = access_version + 1, updated_at = now()
        WHERE id = NEW.user_id AND role = 'viewer';
    END IF;
    INSERT INTO audit_log (user_id, action, sale_id, details)
    VALUES (NEW.decided_by, 'registration_' || NEW.status, NEW.sale_id,
            jsonb_strip_nulls(jsonb_build_object('userId', NEW.user_id, 'paddle', NEW.paddle, 'creditLimit', NEW.credit_limit,
                                                 'reason', NEW.reason)));
    RETURN NULL;
END $$;
CREATE TRIGGER registrations_decided_at_once AFTER INSERT ON registrations
    FOR EACH ROW WHEN (NEW.status = 'approved') EXECUTE FUNCTION registration_decided();
CREATE TRIGGER registrations_decided AFTER UPDATE OF status ON registrations
    FOR EACH ROW WHEN (NEW.status IN ('approved', 'rejected', 'revoked')
                       AND (OLD.status, OLD.decided_at) IS DISTINCT FROM (NEW.status, NEW.decided_at))
    EXECUTE FUNCTION registration_decided();
