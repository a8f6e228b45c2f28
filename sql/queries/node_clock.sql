-- The database's clock in µs since 1970, and nothing else: a short round trip is what makes it a good sample.
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now_us;
