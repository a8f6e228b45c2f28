-- Somebody opens the link to a private medium: $1 medium, $2 user, $3 until when the link is good (ms), $4 address. A link is
-- one view, however often and in how many pieces its file is fetched.
INSERT INTO media_views (media_id, user_id, link_until, horse_id, kind, caption, address)
SELECT id, $2::bigint, from_ms($3::bigint), horse_id, kind, caption, $4::text::inet
FROM media WHERE id = $1::bigint
ON CONFLICT DO NOTHING;
