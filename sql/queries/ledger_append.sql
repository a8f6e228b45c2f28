-- The append: everything that follows from one batch of decisions on one lot, or nothing. Answers one row: outcome done, or
-- conflict with the reason. A key that is taken (a bid's, a command's, a horse live elsewhere) is an error of its constraint.
--
-- The row is locked first and the clock read after that, so a wait for another writer cannot hide that time has passed. What
-- liveness and outages say is as of the statement's start: older, which can only refuse more. The row's update finds the
-- version that was locked. Primary keys throughout; all that grows with the batch comes in as arrays.
--
-- Credit. A bid was judged on what its maker's other lots held a moment ago; since then one of them may have taken more. So
-- whoever's exposure this batch changes (who led before, who leads now, who left a maximum) is locked behind the lot, in order
-- of id: two lots of one sale with the same people wait for each other and never in a circle. What the sum changes by is what
-- the lot held of it before, as locked, and what it holds after. If the sum of one who gains would pass the limit, nothing
-- is written; the decision is made again and that bid refused by the rules. A bid that is outbid within its own batch leaves
-- no exposure and needs no guard: it counts as made at the moment its facts were read.
--
-- Paddle. The office may give somebody another until the first bid stands. Whoever leads now and did not before must do so under
-- the paddle of this moment: the old one may be somebody else's by now, who would take himself for the leader.
WITH locked AS MATERIALIZED (
    SELECT seq, status, sale_id, price, leader, leader_max, running_since, ends_at + close_grace_ms * interval '1 millisecond' AS closes_at
    FROM auctions
    WHERE id = $1::bigint
    FOR NO KEY UPDATE
), timed AS MATERIALIZED (
    SELECT *, clock_timestamp() AS now FROM locked
), judged AS MATERIALIZED (
    SELECT now,
           CASE
               -- $2: the seq decided on
               WHEN seq <> $2::bigint THEN 'seq'
               -- $3: when the latest bid was received; nodes' clocks are within 50 ms
               WHEN from_ms($3::bigint) > now + interval '50 milliseconds' THEN 'future'
               -- $4: the least moment, over the bids, at which the lot could close before that bid
               WHEN from_ms($4::bigint) <= now THEN 'late'
               -- $5: the moment from which the clock may close the lot
               WHEN from_ms($5::bigint) > now THEN 'early'
               -- what the clock decides (a bid's time, a close) counts only while somebody has watched over it
               WHEN ($3 IS NOT NULL OR $5 IS NOT NULL)
                    AND NOT EXISTS (SELECT 1 FROM liveness WHERE alive_at > now - interval '3 seconds') THEN 'dark'
               -- $6: this batch pauses the lot for an outage, as it must
               WHEN status = 'active' AND NOT $6::boolean
                    AND EXISTS (SELECT 1 FROM outages WHERE ended_at > running_since AND began_at < closes_at) THEN 'dark'
           END AS reason
    FROM timed
), changes AS MATERIALIZED (
    SELECT user_id, sum(amount) AS change
    FROM (SELECT leader, -lot_exposure(status, price, leader_max) FROM locked
          UNION ALL
          SELECT $13::bigint, lot_exposure($9::text, $12::bigint, $15::bigint)
          UNION ALL
          SELECT m.user_id, -m.maximum
          FROM early_maxima m
          WHERE m.auction_id = $1 AND (SELECT status FROM locked) = 'scheduled'
            AND ($9 <> 'scheduled' OR m.user_id = ANY ($55::bigint[]))
          UNION ALL
          (SELECT e.user_id, e.maximum FROM unnest($55, $56::bigint[]) AS e (user_id, maximum) WHERE $9 = 'scheduled'
           LIMIT cardinality($55)) -- lets the planner see that these are few, mostly none
         ) AS held (user_id, amount)
    WHERE user_id IS NOT NULL
    GROUP BY user_id
    HAVING sum(amount) <> 0
), holders AS MATERIALIZED (
    -- one after the other, in the order of the subquery
    SELECT r.sale_id, r.user_id, c.change, c.change > 0 AND r.exposure + c.change > r.credit_limit AS exceeds,
           c.user_id = $13 AND c.user_id IS DISTINCT FROM (SELECT leader FROM locked) AND r.paddle IS DISTINCT FROM $14::bigint AS renumbered
    FROM (SELECT * FROM changes WHERE (SELECT reason FROM judged) IS NULL ORDER BY user_id OFFSET 0) AS c
    CROSS JOIN LATERAL (SELECT * FROM registrations
                        WHERE sale_id = (SELECT sale_id FROM locked) AND user_id = c.user_id
                        LIMIT 1 FOR NO KEY UPDATE) AS r
), allowed AS MATERIALIZED (
    -- $54: the batch has bids. An undo or a reopening may leave somebody over the limit; a bid may not.
    SELECT now, CASE WHEN reason IS NOT NULL THEN reason
                     WHEN $54::boolean AND EXISTS (SELECT FROM holders WHERE exceeds) THEN 'credit'
                     WHEN $54 AND EXISTS (SELECT FROM holders WHERE renumbered) THEN 'paddle' END AS reason
    FROM judged
), written AS (
    UPDATE auctions
    SET seq = $7::bigint, head_hash = $8::bytea, status = $9::text,
        -- a draft's are the office's: a bid that is refused in writing may have been decided before it changed them
        start_price = CASE $7 WHEN 0 THEN start_price ELSE $10::bigint END,
        reserve = CASE $7 WHEN 0 THEN reserve ELSE $11::bigint END,
        price = $12::bigint, leader = $13::bigint, leader_paddle = $14::bigint, leader_max = $15::bigint,
        bid_count = $16::bigint, step_override = $17::bigint,
        starts_at = from_ms($18::bigint), ends_at = from_ms($19::bigint), remaining_ms = $20::bigint,
        paused_by_outage = $21::boolean, extensions = $22::bigint, warned_at = from_ms($23::bigint),
        ladder = $24::bigint[], duration_ms = $25::bigint, extension_window_ms = $26::bigint, extension_ms = $27::bigint,
        late_ms = $28::bigint, close_grace_ms = $29::bigint, extension_mode = $30::text, max_extensions = $31::bigint,
        -- $32: the clock was set running
        running_since = CASE WHEN $32::boolean THEN allowed.now ELSE running_since END,
        -- the second only for a lot that does not run, so that a bid changes no indexed column
        appended_at = allowed.now, rested_at = CASE WHEN $9 IN ('active', 'paused') THEN rested_at ELSE allowed.now END
    FROM allowed
    WHERE id = $1 AND allowed.reason IS NULL
    RETURNING id
), exposures AS (
    UPDATE registrations r
    SET exposure = r.exposure + holders.change
    FROM holders, written
    -- the last condition is always true, and tells the planner that there are few: they are looked up one by one
    WHERE r.sale_id = holders.sale_id AND r.user_id = holders.user_id AND holders.sale_id = (SELECT sale_id FROM locked)
), maxima_gone AS (
    -- with the start, the pass or the withdrawal of the lot, or withdrawn by who left it
    DELETE FROM early_maxima m
    USING written
    WHERE m.auction_id = written.id AND (SELECT status FROM locked) = 'scheduled'
      AND ($9 <> 'scheduled'
           OR m.user_id IN (SELECT e.user_id FROM unnest($55, $56) AS e (user_id, maximum) WHERE e.maximum = 0))
), maxima_left AS (
    -- $55 users, each once, $56 maxima (0: withdrawn), $57 bidIds, $58 seqs
    INSERT INTO early_maxima (auction_id, user_id, maximum, bid_id, seq)
    SELECT written.id, e.user_id, e.maximum, e.bid_id, e.seq
    FROM written, unnest($55, $56, $57::uuid[], $58::bigint[]) AS e (user_id, maximum, bid_id, seq)
    WHERE e.maximum > 0 AND $9 = 'scheduled'
    ON CONFLICT (auction_id, user_id) DO UPDATE
    SET maximum = excluded.maximum, bid_id = excluded.bid_id, seq = excluded.seq
), maxima_placed AS (
    -- $59 seqs of maxima, $60 those of the bids that the start made of them
    UPDATE bids
    SET seq = p.placed
    FROM written, unnest($59::bigint[], $60::bigint[]) AS p (left_at, placed)
    WHERE bids.auction_id = written.id AND bids.seq = p.left_at
), events AS (
    INSERT INTO auction_events (auction_id, seq, kind, at, public_part, private_part, salt, hash)
    SELECT written.id, $2 + e.position, e.kind, from_ms(e.at_ms), e.public_part, e.private_part, e.salt, e.hash
    FROM written,
         unnest($33::text[], $34::bigint[], $35::text[], $36::text[], $37::bytea[], $38::bytea[])
             WITH ORDINALITY AS e (kind, at_ms, public_part, private_part, salt, hash, position)
), memory AS (
    -- $41 seq: 0 for a refusal; $46 sent at: 0 when the client did not say
    INSERT INTO bids (auction_id, user_id, bid_id, verdict, seq, amount, max_amount, refusal, received_at, sent_at, address)
    SELECT written.id, b.user_id, b.bid_id, CASE b.seq WHEN 0 THEN 'refused' ELSE 'accepted' END, nullif(b.seq, 0),
           b.amount, b.max_amount, b.refusal, from_ms(b.received_ms), from_ms(nullif(b.sent_ms, 0)), b.address::inet
    FROM written,
         unnest($39::bigint[], $40::uuid[], $41::bigint[], $42::bigint[], $43::bigint[], $44::text[], $45::bigint[],
                $46::bigint[], $47::text[])
             AS b (user_id, bid_id, seq, amount, max_amount, refusal, received_ms, sent_ms, address)
), retractions AS (
    -- $48: the seq of the earlier bid that this batch takes back, if it does
    UPDATE bids
    SET verdict = 'retracted'
    FROM written
    WHERE bids.auction_id = written.id AND bids.seq = $48::bigint
), orders AS (
    INSERT INTO commands (auction_id, sale_id, command_id, user_id, kind, seq, content)
    SELECT written.id, (SELECT sale_id FROM locked), c.command_id, c.user_id, c.kind, c.seq, c.content
    FROM written,
         unnest($49::uuid[], $50::bigint[], $51::text[], $52::bigint[], $53::text[])
             AS c (command_id, user_id, kind, seq, content)
)
SELECT CASE WHEN EXISTS (SELECT 1 FROM written) THEN 'done' ELSE 'conflict' END AS outcome,
       (SELECT reason FROM allowed) AS reason;
