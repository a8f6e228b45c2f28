-- Records that a script has run, in the script's own transaction.
-- $1 number bigint, $2 name text, $3 sha256 bytea (32 bytes)
INSERT INTO schema_migrations (number, name, sha256)
VALUES ($1, $2, $3)
