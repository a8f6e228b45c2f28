-- The course of a lot, event by event: $1 lot, $2 whether the office asks. The office also learns who did it, and once the lot has
-- ended the private part with its salt, of which `sealed` is the digest: before, it holds maxima that bind nobody but the house to
-- silence. By the ledger's primary key.
SELECT e.seq, to_ms(e.at) AS at, said->>'type' AS type, (said->>'paddle')::bigint AS paddle,
       coalesce((said->>'amount')::bigint, (said->>'price')::bigint) AS price, coalesce((said->>'auto')::boolean, false) AS auto,
       coalesce(said->>'reason', said->>'message') AS text, said - '{type,seq,atMs,paddle,amount,price,auto,reason,message}'::text[] AS details,
       CASE WHEN $2::boolean THEN e.kind END AS kind,
       CASE WHEN $2 THEN (kept->>'userId')::bigint END AS "userId", CASE WHEN $2 THEN bidder.name END AS "userName",
       CASE WHEN $2 THEN (kept->>'actor')::bigint END AS "actorId", CASE WHEN $2 THEN actor.name END AS "actorName",
       CASE WHEN $2 AND ended THEN kept - '{userId,actor,type,reason}'::text[] END AS "private",
       CASE WHEN $2 AND ended THEN e.private_part END AS "privatePart", CASE WHEN $2 AND ended THEN encode(e.salt, 'hex') END AS salt,
       encode(e.hash, 'hex') AS hash, encode(sha256(e.salt || convert_to(e.private_part, 'UTF8')), 'hex') AS sealed
FROM auctions a
JOIN auction_events e ON e.auction_id = a.id
CROSS JOIN LATERAL (
    SELECT e.public_part::jsonb AS said, CASE WHEN $2 THEN e.private_part::jsonb END AS kept,
           a.status IN ('sold', 'passed', 'withdrawn') AS ended
    OFFSET 0) AS part
LEFT JOIN users bidder ON bidder.id = (kept->>'userId')::bigint
LEFT JOIN users actor ON actor.id = (kept->>'actor')::bigint
WHERE a.id = $1::bigint
ORDER BY e.seq;
