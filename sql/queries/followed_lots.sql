-- The lots whose ledger has gone on since it was followed last, of those appended to within $1 seconds; what was new to us is
-- written down first. By the index of appends, and primary key.
WITH lots AS MATERIALIZED (
    SELECT a.id, a.seq, f.seq AS followed
    FROM auctions a
    LEFT JOIN followed f ON f.auction_id = a.id
    WHERE a.appended_at > now() - $1::bigint * interval '1 second'
), added AS (
    INSERT INTO followed (auction_id) SELECT id FROM lots WHERE followed IS NULL ON CONFLICT DO NOTHING
)
SELECT id FROM lots WHERE seq > coalesce(followed, 0) ORDER BY id LIMIT 1000;
