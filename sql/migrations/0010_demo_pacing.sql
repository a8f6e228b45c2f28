-- A demo sale from before there was pacing goes on as new ones do: its lots were started by the program that plays it.
UPDATE sales SET pacing_mode = 'interval', pacing_interval_ms = 22000, max_active = 3 WHERE demo AND status <> 'closed';
