-- Accounts: addresses that are confirmed, letters with links that serve once, sessions that people can tell apart, erasure.

-- Whoever is here already counts as confirmed, and so do accounts that the office or an operator makes: only registering by
-- oneself leaves it null. Nobody bids whom no letter reaches.
ALTER TABLE users
    ADD COLUMN email_confirmed_at timestamptz DEFAULT now(),
    ADD COLUMN erased_at timestamptz,
    ADD COLUMN version bigint NOT NULL DEFAULT 1,
    ADD CONSTRAINT users_bidder_confirmed CHECK (role <> 'bidder' OR email_confirmed_at IS NOT NULL),
    ADD CONSTRAINT users_erased_inactive CHECK (erased_at IS NULL OR NOT active);

-- Many change a user (the office, an approval, the person): none of them can forget the version.
CREATE FUNCTION users_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.updated_at := now();
    IF (NEW.role, NEW.active) IS DISTINCT FROM (OLD.role, OLD.active) THEN
        NEW.access_version := OLD.access_version + 1;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER users_changed BEFORE UPDATE ON users FOR EACH ROW
    WHEN ((OLD.email, OLD.name, OLD.role, OLD.language, OLD.active, OLD.email_confirmed_at, OLD.erased_at)
          IS DISTINCT FROM (NEW.email, NEW.name, NEW.role, NEW.language, NEW.active, NEW.email_confirmed_at, NEW.erased_at))
    EXECUTE FUNCTION users_changed();

-- The user as every REST answer shows it, to the person and to the administrator.
CREATE FUNCTION user_json(u users) RETURNS text LANGUAGE sql STABLE
    RETURN (SELECT row_to_json(r)::text FROM (
        SELECT u.id, u.email, u.name, u.role, u.language, u.active, u.email_confirmed_at IS NOT NULL AS "emailConfirmed",
               rfc3339(u.created_at) AS "createdAt", rfc3339(u.updated_at) AS "updatedAt") AS r);

-- last_seen_at, user_agent and address are those of the last exchange of tokens, at most an access token's life ago.
ALTER TABLE sessions
    ADD COLUMN last_seen_at timestamptz NOT NULL DEFAULT now(),
    -- The exchange of refresh tokens made last: of which token, for which, when. Should its answer get lost, the same can be
    -- given again (session_refresh.sql).
    ADD COLUMN spent_digest bytea,
    ADD COLUMN next_digest  bytea,
    ADD COLUMN spent_at     timestamptz,
    DROP CONSTRAINT sessions_end_reason_check,
    -- ended: by its owner from another session; password: it was changed; admin: the account was closed
    ADD CONSTRAINT sessions_end_reason_check
        CHECK (end_reason IN ('logout', 'ended', 'reuse', 'expired', 'password', 'admin'));
UPDATE sessions s
SET last_seen_at = coalesce((SELECT max(t.issued_at) FROM refresh_tokens t WHERE t.session_id = s.id), s.created_at);

-- "Chrome · Windows": what a person recognises a device by. Browsers pretend to be one another, hence the order.
CREATE FUNCTION device_name(user_agent text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN nullif(concat_ws(' · ',
        CASE WHEN user_agent ~ 'Edg(A|iOS)?/' THEN 'Edge'
             WHEN user_agent ~ '(OPR|Opera)/' THEN 'Opera'
             WHEN user_agent ~ 'SamsungBrowser/' THEN 'Samsung Internet'
             WHEN user_agent ~ '(Firefox|FxiOS)/' THEN 'Firefox'
             WHEN user_agent ~ '(Chrome|CriOS)/' THEN 'Chrome'
             WHEN user_agent ~ 'Safari/' THEN 'Safari'
             ELSE nullif(left(split_part(split_part(user_agent, '/', 1), ' ', 1), 40), '') END,
        CASE WHEN user_agent ~ 'iPhone' THEN 'iPhone'
             WHEN user_agent ~ 'iPad' THEN 'iPad'
             WHEN user_agent ~ 'Android' THEN 'Android'
             WHEN user_agent ~ 'Windows' THEN 'Windows'
             WHEN user_agent ~ 'CrOS' THEN 'ChromeOS'
             WHEN user_agent ~ 'Mac OS X|Macintosh' THEN 'macOS'
             WHEN user_agent ~ 'Linux|X11' THEN 'Linux' END), '');

-- What the links of letters carry; only digests are kept. Each serves once and for the address that it was sent to.
CREATE TABLE account_tokens (
    token_digest bytea PRIMARY KEY CHECK (length(token_digest) = 32),
    user_id    bigint NOT NULL REFERENCES users,
    purpose    text NOT NULL CHECK (purpose IN ('confirm', 'reset')),
    email      text NOT NULL,
    -- Of a registration of an address that somebody registered before and never confirmed: whoever can read the letters to it
    -- gets the account, under what that person chose. So nobody can keep an account waiting for another's address.
    password_hash text,
    name       text,
    language   text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    CHECK ((password_hash IS NULL) = (name IS NULL) AND (name IS NULL) = (language IS NULL))
);
CREATE INDEX account_tokens_user ON account_tokens (user_id, created_at);

-- A letter with such a link. Not when the user got five within the hour: whoever knows an address could fill its box. What has
-- long expired is forgotten on the way. An address that is not the user's yet ($2) is written into the job.
CREATE FUNCTION letter_add(recipient bigint, address text, purpose text, digest bytea, lifetime interval, template text, link text,
                           password_hash text DEFAULT NULL, name text DEFAULT NULL, language text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql AS $$
#variable_conflict use_variable
BEGIN
    DELETE FROM account_tokens t WHERE t.user_id = recipient AND t.expires_at < now() - interval '7 days';
    INSERT INTO account_tokens (token_digest, user_id, purpose, email, expires_at, password_hash, name, language)
    SELECT digest, u.id, purpose, coalesce(address, u.email), now() + lifetime, password_hash, name, language
    FROM users u
    WHERE u.id = recipient
      AND (SELECT count(*) FROM account_tokens t WHERE t.user_id = recipient AND t.created_at > now() - interval '1 hour') < 5;
    IF FOUND THEN
        INSERT INTO jobs (kind, payload)
        VALUES ('mail', jsonb_strip_nulls(jsonb_build_object('userId', recipient, 'address', address, 'template', template,
                                                             'data', jsonb_build_object('link', link))));
    END IF;
END $$;
