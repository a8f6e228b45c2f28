-- The scripts that have run, oldest first. A few dozen rows at most.
SELECT number, name, sha256
FROM schema_migrations
ORDER BY number
