-- PostgreSQL compiles a statement whose cost it estimates to be high. Ours are short; what looks dear is a list with many conditions,
-- of which a prepared statement does not know which will be asked, and compiling it takes a second, over and over, for a
-- hundredth of a second's work. Whoever is not the database's owner leaves this to who is.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET jit = off', current_database());
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'jit stays as it is: this role does not own the database';
END $$;
