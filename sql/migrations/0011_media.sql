-- Media of horses: files that lie in a store, and links to videos elsewhere.

-- No program has ever written a row here, so none has to be made to fit.
DELETE FROM media;
ALTER TABLE media
    DROP CONSTRAINT media_kind_check,
    ALTER COLUMN location DROP NOT NULL,
    ALTER COLUMN content_type DROP NOT NULL,
    ADD COLUMN link        text CHECK (length(link) BETWEEN 1 AND 500),
    ADD COLUMN size        bigint CHECK (size > 0),
    ADD COLUMN sha256      bytea CHECK (length(sha256) = 32),
    ADD COLUMN width       integer CHECK (width > 0),
    ADD COLUMN height      integer CHECK (height > 0),
    ADD COLUMN added_by    bigint NOT NULL REFERENCES users,
    ADD COLUMN version     bigint NOT NULL DEFAULT 1,
    ADD COLUMN updated_at  timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT media_location_check CHECK (location ~ '^[0-9a-f]{32}$'),
    ADD CONSTRAINT media_location_key UNIQUE (location),
    ADD CONSTRAINT media_caption_check CHECK (length(caption) <= 200),
    ADD CONSTRAINT media_kind_check CHECK (kind IN ('photo', 'video', 'xray', 'vet_report', 'document')),
    -- what a veterinarian found is for those who may bid, never for everybody
    ADD CONSTRAINT media_findings_are_private CHECK (private OR kind NOT IN ('xray', 'vet_report')),
    ADD CONSTRAINT media_link_is_a_public_video CHECK (link IS NULL OR (kind = 'video' AND NOT private)),
    ADD CONSTRAINT media_is_link_or_file CHECK (
        (link IS NULL) = (location IS NOT NULL AND content_type IS NOT NULL AND size IS NOT NULL AND sha256 IS NOT NULL));

-- Locations in the store that no row of media names: written down before a file is put there, and when its row goes. What
-- is due is removed by whoever next has to do with media; so nothing is left behind by a process that died.
CREATE TABLE media_trash (
    location text PRIMARY KEY,
    due_at   timestamptz NOT NULL
);
CREATE INDEX media_trash_due ON media_trash (due_at);

-- Who has seen what, of private files: one row a link that was opened. An account of what happened outlives what it is
-- about, hence no foreign keys.
CREATE TABLE media_views (
    media_id   bigint NOT NULL,
    user_id    bigint NOT NULL,
    link_until timestamptz NOT NULL, -- tells links apart
    horse_id   bigint NOT NULL,
    kind       text NOT NULL,
    caption    text NOT NULL,
    viewed_at  timestamptz NOT NULL DEFAULT now(),
    address    inet,
    PRIMARY KEY (media_id, user_id, link_until)
);
CREATE TRIGGER media_views_unchangeable BEFORE UPDATE OR DELETE ON media_views
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whether somebody may see what is private of a horse: the office, and who is approved at a sale that shows the horse.
CREATE FUNCTION may_see_private_media(viewer bigint, horse bigint) RETURNS boolean LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM users WHERE id = viewer AND active AND role IN ('auctioneer', 'admin'))
        OR EXISTS (SELECT FROM auctions a
                   JOIN sales s ON s.id = a.sale_id
                   JOIN registrations r ON r.sale_id = a.sale_id
                   JOIN users u ON u.id = r.user_id
                   WHERE a.horse_id = horse AND a.status <> 'draft' AND s.status <> 'draft'
                     AND r.user_id = viewer AND r.status = 'approved' AND u.active AND u.role = 'bidder');

-- One of them as everybody sees it; the office sees also how often it was opened. What is private has no address of its own:
-- see /api/media/{id}/link.
CREATE FUNCTION media_json(m media, office boolean) RETURNS jsonb LANGUAGE sql STABLE
    RETURN jsonb_build_object(
               'id', m.id, 'horseId', m.horse_id, 'kind', m.kind, 'private', m.private, 'caption', m.caption,
               'position', m.position, 'contentType', m.content_type, 'size', m.size, 'width', m.width, 'height', m.height,
               'url', CASE WHEN m.link IS NOT NULL THEN m.link
                           WHEN NOT m.private THEN '/api/media/' || m.id || '/content?v=' || left(encode(m.sha256, 'hex'), 16) END,
               'createdAt', rfc3339(m.created_at), 'updatedAt', rfc3339(m.updated_at))
           || CASE WHEN office THEN jsonb_build_object('views', (SELECT count(*) FROM media_views v WHERE v.media_id = m.id))
                   ELSE '{}' END;
