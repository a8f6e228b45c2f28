-- Whom a letter goes to, and the data ($2, JSON) with what every template may name in the language of the user ($1): their
-- name, and where the data name a lot (auctionId) or a sale (saleId), their names; the hour of a start in the time of Japan.
-- Members that are there already stay. $3 is an address in place of the user's own (null: that), for one that is still to be
-- confirmed, or is no longer theirs. No row: no active user. Primary keys.
-- Nobody is addressed by name at an address that nobody has confirmed: whoever registers chooses both, and could have us write to
-- strangers what they like.
SELECT coalesce($3::text, u.email) AS address, u.language,
       (jsonb_strip_nulls(jsonb_build_object(
            'name', u.name,
            'dear', CASE WHEN $3::text IS NOT NULL OR u.email_confirmed_at IS NULL THEN CASE u.language WHEN 'ja' THEN 'お客様' ELSE 'Hello,' END
                         ELSE CASE u.language WHEN 'ja' THEN u.name || ' 様' ELSE 'Dear ' || u.name || ',' END END,
            'lot', CASE u.language WHEN 'ja' THEN '上場番号' || a.lot_number || '「' || display_name_ja(h) || '」'
                                   ELSE 'lot ' || a.lot_number || ' (' || display_name_en(h) || ')' END,
            'sale', CASE u.language WHEN 'ja' THEN s.name_ja ELSE s.name_en END,
            'startsAt', to_char(from_ms((given.data ->> 'startsAtMs')::bigint) AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI "JST"')))
        || given.data)::text AS data
FROM users u
CROSS JOIN (SELECT $2::text::jsonb AS data) AS given
LEFT JOIN auctions a ON a.id = (given.data ->> 'auctionId')::bigint
LEFT JOIN horses h ON h.id = a.horse_id
LEFT JOIN sales s ON s.id = coalesce(a.sale_id, (given.data ->> 'saleId')::bigint)
WHERE u.id = $1::bigint AND u.active;
