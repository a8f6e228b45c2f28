-- The lots whose ledger has gone on since it was followed last, of those that run or were appended to within $1 seconds; what was
-- new to us is written down first. By the indexes auctions_live and auctions_rested, and primary key.
WITH lots AS MATERIALIZED (
    SELECT a.id, a.seq, f.seq AS followed
    FROM (SELECT id, seq FROM auctions WHERE status IN ('active', 'paused')
          UNION
          SELECT id, seq FROM auctions WHERE rested_at > now() - $1::bigint * interval '1 second') AS a
    LEFT JOIN followed f ON f.auction_id = a.id
), added AS (
    INSERT INTO followed (auction_id) SELECT id FROM lots WHERE followed IS NULL ON CONFLICT DO NOTHING
)
SELECT id FROM lots WHERE seq > coalesce(followed, 0) ORDER BY id LIMIT 1000;
