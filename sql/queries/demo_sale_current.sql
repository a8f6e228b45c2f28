-- The demo sale that is not over, if there is one. Few rows: sales are made by hand, demo sales about hourly.
SELECT id FROM sales WHERE demo AND status <> 'closed' ORDER BY id DESC LIMIT 1
