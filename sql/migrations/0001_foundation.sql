-- People, horses, sales, lots, and the ledger. Wrong states are made impossible here, not merely avoided in code.

-- Instants cross the programs as whole milliseconds since 1970; columns are timestamptz so that people can read them.
-- Written so that PostgreSQL inlines them: every part is immutable.
CREATE FUNCTION to_ms(instant timestamptz) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (extract(epoch FROM instant - timestamptz '1970-01-01 00:00:00+00') * 1000)::bigint;

CREATE FUNCTION from_ms(ms bigint) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN to_timestamp(ms / 1000.0);

-- RFC 3339 UTC with milliseconds, as every REST answer writes an instant.
CREATE FUNCTION rfc3339(instant timestamptz) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- Yen, excluding tax; 10^12 is the largest amount anyone may name.
CREATE DOMAIN yen AS bigint CHECK (VALUE >= 0 AND VALUE <= 1000000000000);

---- people ----

CREATE TABLE users (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    password_hash text NOT NULL,
    role          text NOT NULL DEFAULT 'viewer' CHECK (role IN ('viewer', 'bidder', 'auctioneer', 'admin')),
    language      text NOT NULL DEFAULT 'ja' CHECK (language IN ('ja', 'en')),
    active        boolean NOT NULL DEFAULT true,
    demo          boolean NOT NULL DEFAULT false,
    -- grows with every change of role or activity: nodes poll it to make a change take effect in live sessions
    access_version bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

-- One login on one device; refreshing rotates its token and keeps the session.
CREATE TABLE sessions (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz,
    end_reason text CHECK (end_reason IN ('logout', 'reuse', 'expired', 'admin')),
    user_agent text,
    address    inet,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX sessions_user ON sessions (user_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- Only digests are kept. A token used twice ends its session: one of the two holders is a thief.
CREATE TABLE refresh_tokens (
    token_digest bytea PRIMARY KEY CHECK (length(token_digest) = 32),
    session_id   bigint NOT NULL REFERENCES sessions,
    issued_at    timestamptz NOT NULL DEFAULT now(),
    used_at      timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

---- horses ----

-- A consignor (or any other party); its users may not bid on its lots.
CREATE TABLE parties (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE party_users (
    party_id bigint NOT NULL REFERENCES parties,
    user_id  bigint NOT NULL REFERENCES users,
    PRIMARY KEY (party_id, user_id)
);

CREATE TABLE horses (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name_ja      text CHECK (length(name_ja) BETWEEN 1 AND 100),
    name_en      text CHECK (length(name_en) BETWEEN 1 AND 100),
    sex          text NOT NULL CHECK (sex IN ('male', 'female', 'gelding')),
    -- the eight official coat colours of Japan: 鹿毛 黒鹿毛 青鹿毛 青毛 芦毛 栗毛 栃栗毛 白毛
    coat_colour  text NOT NULL CHECK (coat_colour IN ('bay', 'dark_bay', 'brown', 'black', 'grey', 'chestnut', 'dark_chestnut', 'white')),
    foaled_on    date NOT NULL,
    sire_ja      text NOT NULL,
    sire_en      text,
    dam_ja       text NOT NULL,
    dam_en       text,
    damsire_ja   text,
    damsire_en   text,
    pedigree     jsonb NOT NULL DEFAULT '{}',
    breeder      text,
    consignor_id bigint REFERENCES parties,
    disclosures  text NOT NULL DEFAULT '',
    notes        text NOT NULL DEFAULT '',
    demo         boolean NOT NULL DEFAULT false,
    version      bigint NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX horses_consignor ON horses (consignor_id);

-- Unnamed yearlings sell as 「<母名>の<生年>」 / "<Dam> <year>".
CREATE FUNCTION display_name_ja(horse horses) RETURNS text LANGUAGE sql STABLE
    RETURN coalesce(horse.name_ja, horse.dam_ja || 'の' || extract(year FROM horse.foaled_on)::text);
CREATE FUNCTION display_name_en(horse horses) RETURNS text LANGUAGE sql STABLE
    RETURN coalesce(horse.name_en, horse.name_ja, coalesce(horse.dam_en, horse.dam_ja) || ' ' || extract(year FROM horse.foaled_on)::text);

CREATE TABLE media (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    horse_id     bigint NOT NULL REFERENCES horses,
    kind         text NOT NULL CHECK (kind IN ('photo', 'video', 'document')),
    private      boolean NOT NULL DEFAULT false,
    location     text NOT NULL,
    content_type text NOT NULL,
    caption      text NOT NULL DEFAULT '',
    position     integer NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX media_horse ON media (horse_id, position);

---- sales ----

CREATE TABLE sales (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name_ja     text NOT NULL CHECK (length(name_ja) BETWEEN 1 AND 200),
    name_en     text NOT NULL CHECK (length(name_en) BETWEEN 1 AND 200),
    status      text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published', 'running', 'closed')),
    starts_at   timestamptz,
    ends_at     timestamptz,
    -- pairs (below, step), flattened; below 0 in the last pair: no upper end
    ladder      bigint[] NOT NULL DEFAULT '{1000000,10000,5000000,50000,10000000,100000,50000000,500000,100000000,1000000,0,5000000}'
                CHECK (cardinality(ladder) BETWEEN 2 AND 32 AND cardinality(ladder) % 2 = 0),
    duration_ms         bigint NOT NULL DEFAULT 300000 CHECK (duration_ms BETWEEN 1000 AND 86400000),
    extension_window_ms bigint NOT NULL DEFAULT 300000 CHECK (extension_window_ms BETWEEN 1000 AND 86400000),
    extension_ms        bigint NOT NULL DEFAULT 300000 CHECK (extension_ms BETWEEN 1000 AND 86400000),
    late_ms             bigint NOT NULL DEFAULT 60000 CHECK (late_ms BETWEEN 1000 AND 86400000),
    close_grace_ms      bigint NOT NULL DEFAULT 1000 CHECK (close_grace_ms BETWEEN 301 AND 60000),
    extension_mode      text NOT NULL DEFAULT 'reset' CHECK (extension_mode IN ('reset', 'add')),
    max_extensions      integer NOT NULL DEFAULT 0 CHECK (max_extensions BETWEEN 0 AND 10000),
    tax_rate_bp         integer NOT NULL DEFAULT 1000 CHECK (tax_rate_bp BETWEEN 0 AND 10000),
    buyer_commission_bp  integer NOT NULL DEFAULT 0 CHECK (buyer_commission_bp BETWEEN 0 AND 10000),
    seller_commission_bp integer NOT NULL DEFAULT 0 CHECK (seller_commission_bp BETWEEN 0 AND 10000),
    demo        boolean NOT NULL DEFAULT false,
    version     bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CHECK (ends_at IS NULL OR starts_at IS NULL OR ends_at >= starts_at)
);

-- Who may bid at a sale. `exposure` is what the credit guard of the append keeps: see sql/queries/ledger_append.sql.
CREATE TABLE registrations (
    sale_id      bigint NOT NULL REFERENCES sales,
    user_id      bigint NOT NULL REFERENCES users,
    status       text NOT NULL DEFAULT 'applied' CHECK (status IN ('applied', 'approved', 'rejected', 'revoked')),
    paddle       integer CHECK (paddle BETWEEN 1 AND 99999),
    credit_limit yen,
    exposure     bigint NOT NULL DEFAULT 0 CHECK (exposure >= 0),
    reason       text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    decided_at   timestamptz,
    decided_by   bigint REFERENCES users,
    version      bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (sale_id, user_id),
    UNIQUE (sale_id, paddle),
    CHECK (status <> 'approved' OR paddle IS NOT NULL)
);
CREATE INDEX registrations_user ON registrations (user_id);

---- lots ----

-- The row of a lot is the fold of its events, kept beside them so that a decision needs one read. Only the ledger's
-- append writes the part from `seq` on; a draft's terms are the office's to edit.
CREATE TABLE auctions (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sale_id     bigint NOT NULL REFERENCES sales,
    lot_number  integer NOT NULL CHECK (lot_number BETWEEN 1 AND 999999),
    horse_id    bigint NOT NULL REFERENCES horses,
    start_price yen NOT NULL CHECK (start_price > 0),
    reserve     yen NOT NULL DEFAULT 0,
    version     bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),

    -- terms: the sale's until the lot is scheduled, then its own
    ladder              bigint[] NOT NULL DEFAULT '{}',
    duration_ms         bigint NOT NULL DEFAULT 0,
    extension_window_ms bigint NOT NULL DEFAULT 0,
    extension_ms        bigint NOT NULL DEFAULT 0,
    late_ms             bigint NOT NULL DEFAULT 0,
    close_grace_ms      bigint NOT NULL DEFAULT 0,
    extension_mode      text NOT NULL DEFAULT 'reset' CHECK (extension_mode IN ('reset', 'add')),
    max_extensions      integer NOT NULL DEFAULT 0,

    seq           bigint NOT NULL DEFAULT 0 CHECK (seq >= 0),
    head_hash     bytea CHECK (length(head_hash) = 32),
    status        text NOT NULL DEFAULT 'draft'
                  CHECK (status IN ('draft', 'scheduled', 'active', 'paused', 'sold', 'passed', 'withdrawn')),
    price         yen NOT NULL DEFAULT 0,          -- 0: no bid yet
    leader        bigint REFERENCES users,
    leader_paddle integer,
    leader_max    yen NOT NULL DEFAULT 0,
    bid_count     integer NOT NULL DEFAULT 0 CHECK (bid_count >= 0),
    step_override yen NOT NULL DEFAULT 0,
    starts_at     timestamptz,
    ends_at       timestamptz,
    remaining_ms  bigint NOT NULL DEFAULT 0 CHECK (remaining_ms >= 0),
    paused_by_outage boolean NOT NULL DEFAULT false,
    extensions    integer NOT NULL DEFAULT 0 CHECK (extensions >= 0),
    warned_at     timestamptz,
    -- when the clock last began to run (start, resume, reopen): an outage that overlaps its run forbids a close
    running_since timestamptz,
    -- when the last event was appended, on the database's clock: the once-a-second look finds just-ended lots by it
    appended_at   timestamptz,

    UNIQUE (sale_id, lot_number),
    CHECK ((leader IS NULL) = (price = 0)),
    CHECK ((leader IS NULL) = (leader_paddle IS NULL)),
    CHECK (leader_max >= price),
    CHECK (status <> 'active' OR (ends_at IS NOT NULL AND running_since IS NOT NULL)),
    CHECK (status <> 'sold' OR (leader IS NOT NULL AND price >= reserve)),
    CHECK (status = 'draft' OR (cardinality(ladder) >= 2 AND duration_ms BETWEEN 1000 AND 86400000)),
    CHECK ((seq = 0) = (status = 'draft')),
    CHECK ((seq = 0) = (head_hash IS NULL))
);
-- A horse is in at most one live auction.
CREATE UNIQUE INDEX auctions_one_live_horse ON auctions (horse_id) WHERE status IN ('scheduled', 'active', 'paused');
CREATE INDEX auctions_live ON auctions (id) WHERE status IN ('active', 'paused');
CREATE INDEX auctions_appended ON auctions (appended_at);
CREATE INDEX auctions_horse ON auctions (horse_id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are written once and never changed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- Events and bids have no foreign key (below), so a lot that has any stays.
CREATE TRIGGER auctions_with_events_undeletable BEFORE DELETE ON auctions
    FOR EACH ROW WHEN (OLD.seq > 0) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER auctions_untruncatable BEFORE TRUNCATE ON auctions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

---- the ledger ----

-- Written once, never changed. The parts are the exact bytes that were hashed (RFC 8785), hence text and not jsonb.
--
-- Neither events nor bids have foreign keys: the append (sql/queries/ledger_append.sql) is their only writer, holds the lot's
-- row while it writes them, and has found their users among the registered just before; checking both again for every row
-- took half the time of a large batch. From the other side, a lot that has events cannot be deleted (above), and a user who
-- bid has a registration, whose own key stands.
CREATE TABLE auction_events (
    auction_id   bigint NOT NULL,
    seq          bigint NOT NULL CHECK (seq > 0),
    kind         text NOT NULL,
    at           timestamptz NOT NULL,
    public_part  text NOT NULL,
    private_part text NOT NULL,
    salt         bytea NOT NULL CHECK (length(salt) = 16),
    hash         bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (auction_id, seq)
);

CREATE TRIGGER auction_events_unchangeable BEFORE UPDATE OR DELETE ON auction_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER auction_events_untruncatable BEFORE TRUNCATE ON auction_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The <public event> of the protocol, in the very words of core/wire/event.h: the canonical public part, followed by the
-- event's hash and the digest that stands for its private part.
CREATE FUNCTION public_event(event auction_events) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN left((event).public_part, -1)
           || ',"hash":"' || encode((event).hash, 'hex')
           || '","sealed":"' || encode(sha256((event).salt || convert_to((event).private_part, 'UTF8')), 'hex')
           || '"}';

-- What became of each bidId: the memory that makes a resend safe. A refusal stands here only when it had to be
-- committed so that it can never come true later. address and sent_at serve the audit.
CREATE TABLE bids (
    auction_id  bigint NOT NULL,
    user_id     bigint NOT NULL,
    bid_id      uuid NOT NULL,
    verdict     text NOT NULL CHECK (verdict IN ('accepted', 'refused', 'retracted')),
    seq         bigint CHECK (seq > 0),
    amount      yen NOT NULL DEFAULT 0,
    max_amount  yen NOT NULL DEFAULT 0,
    refusal     text,
    received_at timestamptz NOT NULL,
    sent_at     timestamptz,
    address     inet,
    PRIMARY KEY (auction_id, user_id, bid_id),
    CHECK ((verdict = 'refused') = (seq IS NULL)),
    CHECK ((verdict = 'refused') = (refusal IS NOT NULL)),
    CHECK (max_amount = 0 OR max_amount >= amount)
);
CREATE INDEX bids_user ON bids (user_id, received_at DESC);
CREATE UNIQUE INDEX bids_seq ON bids (auction_id, seq) WHERE seq IS NOT NULL;

-- An auctioneer's command that was carried out: a repeat gets the first answer.
CREATE TABLE commands (
    auction_id   bigint NOT NULL REFERENCES auctions,
    command_id   uuid NOT NULL,
    user_id      bigint NOT NULL REFERENCES users,
    kind         text NOT NULL,
    seq          bigint NOT NULL,
    content      text NOT NULL,
    performed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (auction_id, command_id)
);

---- darkness ----

-- One row: the last moment, on this database's clock, at which somebody could decide. Written once a second.
CREATE TABLE liveness (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    alive_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO liveness DEFAULT VALUES;

-- Every gap of more than 3 s in liveness. A lot whose clock ran in one is paused, never closed.
CREATE TABLE outages (
    began_at timestamptz PRIMARY KEY,
    ended_at timestamptz NOT NULL,
    CHECK (ended_at > began_at)
);
CREATE INDEX outages_ended ON outages (ended_at);

---- beside the sale ----

-- No foreign keys: entries of bids come in floods, each check would lock the bidder's row, and two writers locking one row at
-- once make a multixact of it. The writers name people, lots and sales that exist (audit_append.sql looks the lots up); and an
-- account of what happened must not be able to fail because of what it is about.
CREATE TABLE audit_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    user_id    bigint,
    action     text NOT NULL,
    auction_id bigint,
    sale_id    bigint,
    code       text,
    amount     bigint,
    count      integer NOT NULL DEFAULT 1 CHECK (count > 0),
    address    inet,
    details    jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_at ON audit_log (at);
CREATE INDEX audit_log_auction ON audit_log (auction_id, at) WHERE auction_id IS NOT NULL;
CREATE TRIGGER audit_log_unchangeable BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

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

CREATE TABLE notifications (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users,
    kind       text NOT NULL,
    auction_id bigint REFERENCES auctions,
    data       jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    read_at    timestamptz
);
CREATE INDEX notifications_user ON notifications (user_id, id DESC);

CREATE TABLE watchlist (
    user_id    bigint NOT NULL REFERENCES users,
    auction_id bigint NOT NULL REFERENCES auctions,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, auction_id)
);
