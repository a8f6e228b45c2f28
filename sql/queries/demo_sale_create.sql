-- The next demo sale, marked so that nobody takes it for a real one, with clocks short enough to watch:
-- $1 duration_ms, $2 extension_window_ms, $3 extension_ms, $4 late_ms. It opens a lot every 22 s, at most three at once.
INSERT INTO sales (name_ja, name_en, status, starts_at, duration_ms, extension_window_ms, extension_ms, late_ms, pacing_mode,
                   pacing_interval_ms, max_active, demo)
SELECT 'デモ 1歳馬セール 第' || number || '回', 'Demo Yearling Sale No. ' || number, 'running', now(), $1, $2, $3, $4, 'interval', 22000, 3, true
FROM (SELECT count(*) + 1 AS number FROM sales WHERE demo) AS next
RETURNING id
