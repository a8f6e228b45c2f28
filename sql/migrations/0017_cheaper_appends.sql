-- What an append costs beyond what it says.
--
-- A new version of a lot's row stays on its page, without an entry of its own in each index of the table, as long as no indexed
-- column changes and the page has room. So the time of the append, which each bid changes, is no longer indexed: a lot that runs
-- is found by auctions_live, and one that does not by the moment of the last append after which it did not.
ALTER TABLE auctions ADD COLUMN rested_at timestamptz;
UPDATE auctions SET rested_at = appended_at WHERE status NOT IN ('active', 'paused');
CREATE INDEX auctions_rested ON auctions (rested_at);
DROP INDEX auctions_appended;
ALTER TABLE auctions SET (fillfactor = 50);
ALTER TABLE registrations SET (fillfactor = 70);

-- Each change of the leader locked the user's row for this check. The leader is the maker of a bid, whom the same statement
-- found registered; users are never deleted.
ALTER TABLE auctions DROP CONSTRAINT auctions_leader_fkey;

-- The server reads a CHECK anew from its stored text for each statement that writes the table, and these tables had so many that
-- it took nearly half the time of an append. A function in PL/pgSQL is read once a connection. A rule that cannot tell (NULL)
-- forbids nothing, as in a CHECK. What the API tells people by its name (registrations_paddle_check) stays by itself.
CREATE FUNCTION lot_is_sound(lot auctions) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN lot.lot_number BETWEEN 1 AND 999999
       AND lot.status IN ('draft', 'scheduled', 'active', 'paused', 'sold', 'passed', 'withdrawn')
       AND lot.start_price > 0
       AND lot.extension_mode IN ('reset', 'add')
       AND (lot.status = 'draft' OR (cardinality(lot.ladder) >= 2 AND lot.duration_ms BETWEEN 1000 AND 86400000))
       -- the ledger
       AND lot.seq >= 0
       AND (lot.seq = 0) = (lot.status = 'draft')
       AND (lot.seq = 0) = (lot.head_hash IS NULL)
       AND length(lot.head_hash) = 32
       -- the leader
       AND (lot.leader IS NULL) = (lot.price = 0)
       AND (lot.leader IS NULL) = (lot.leader_paddle IS NULL)
       AND lot.leader_max >= lot.price
       AND lot.bid_count >= 0
       AND (lot.status <> 'sold' OR (lot.leader IS NOT NULL AND lot.price >= lot.reserve))
       -- the clock
       AND (lot.status <> 'active' OR (lot.ends_at IS NOT NULL AND lot.running_since IS NOT NULL))
       AND lot.remaining_ms >= 0
       AND lot.extensions >= 0;
END $$;
ALTER TABLE auctions
    ADD CONSTRAINT auctions_sound CHECK (lot_is_sound(auctions)),
    DROP CONSTRAINT auctions_lot_number_check, DROP CONSTRAINT auctions_status_check, DROP CONSTRAINT auctions_start_price_check,
    DROP CONSTRAINT auctions_extension_mode_check, DROP CONSTRAINT auctions_seq_check, DROP CONSTRAINT auctions_head_hash_check,
    DROP CONSTRAINT auctions_bid_count_check, DROP CONSTRAINT auctions_remaining_ms_check, DROP CONSTRAINT auctions_extensions_check,
    DROP CONSTRAINT auctions_check, DROP CONSTRAINT auctions_check1, DROP CONSTRAINT auctions_check2, DROP CONSTRAINT auctions_check3,
    DROP CONSTRAINT auctions_check4, DROP CONSTRAINT auctions_check5, DROP CONSTRAINT auctions_check6, DROP CONSTRAINT auctions_check7;

CREATE FUNCTION bid_is_sound(bid bids) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN bid.verdict IN ('accepted', 'refused', 'retracted')
       AND bid.seq > 0
       AND (bid.verdict = 'refused') = (bid.seq IS NULL)
       AND (bid.verdict = 'refused') = (bid.refusal IS NOT NULL)
       AND (bid.max_amount = 0 OR bid.max_amount >= bid.amount);
END $$;
ALTER TABLE bids
    ADD CONSTRAINT bids_sound CHECK (bid_is_sound(bids)),
    DROP CONSTRAINT bids_verdict_check, DROP CONSTRAINT bids_seq_check,
    DROP CONSTRAINT bids_check, DROP CONSTRAINT bids_check1, DROP CONSTRAINT bids_check2;

CREATE FUNCTION registration_is_sound(registration registrations) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN registration.status IN ('applied', 'approved', 'rejected', 'revoked', 'withdrawn')
       AND (registration.status <> 'approved' OR registration.paddle IS NOT NULL)
       AND registration.exposure >= 0
       AND registration.owner_category IN ('jra', 'nar', 'jra_nar', 'overseas', 'none')
       AND length(registration.owner_number) BETWEEN 1 AND 50
       AND length(registration.principal) BETWEEN 1 AND 200
       AND length(registration.invoice_name) BETWEEN 1 AND 200
       AND length(registration.invoice_address) BETWEEN 1 AND 500
       AND length(registration.terms_version) BETWEEN 1 AND 50;
END $$;
ALTER TABLE registrations
    ADD CONSTRAINT registrations_sound CHECK (registration_is_sound(registrations)),
    DROP CONSTRAINT registrations_status_check, DROP CONSTRAINT registrations_check, DROP CONSTRAINT registrations_exposure_check,
    DROP CONSTRAINT registrations_owner_category_check, DROP CONSTRAINT registrations_owner_number_check,
    DROP CONSTRAINT registrations_principal_check, DROP CONSTRAINT registrations_invoice_name_check,
    DROP CONSTRAINT registrations_invoice_address_check, DROP CONSTRAINT registrations_terms_version_check;

-- A function in SQL that is not put in its caller's place is planned anew for each statement; one in PL/pgSQL once a connection.
CREATE OR REPLACE FUNCTION race_summary(record jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (SELECT jsonb_build_object(
                       'starts', count(*),
                       'wins', count(*) FILTER (WHERE (start->>'finish')::numeric = 1),
                       'seconds', count(*) FILTER (WHERE (start->>'finish')::numeric = 2),
                       'thirds', count(*) FILTER (WHERE (start->>'finish')::numeric = 3),
                       'prize', coalesce(sum((start->>'prize')::numeric), 0))
            FROM jsonb_array_elements(record) AS starts (start));
END $$;
CREATE OR REPLACE FUNCTION disclosures_text(horse horses) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((SELECT string_agg(d.text, E'\n' ORDER BY d.dated, d.id)
                     FROM disclosures d
                     WHERE d.horse_id = horse.id AND d.text <> ''
                       AND NOT EXISTS (SELECT FROM disclosures c WHERE c.supersedes = d.id)), '');
END $$;
