-- The list of scripts that have run on this database. Run first by every migration, under its lock.
CREATE TABLE IF NOT EXISTS schema_migrations (
    number     bigint PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    sha256     bytea NOT NULL CHECK (length(sha256) = 32), -- of the script's text as it ran
    applied_at timestamptz NOT NULL DEFAULT now()
)
