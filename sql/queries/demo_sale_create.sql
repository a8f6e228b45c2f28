-- The next demo sale, marked so that nobody takes it for a real one, with clocks short enough to watch:
-- $1 duration_ms, $2 extension_window_ms, $3 extension_ms, $4 late_ms.
INSERT INTO sales (name_ja, name_en, status, starts_at, duration_ms, extension_window_ms, extension_ms, late_ms, demo)
SELECT 'デモ 1歳馬セール 第' || number || '回', 'Demo Yearling Sale No. ' || number, 'running', now(), $1, $2, $3, $4, true
FROM (SELECT count(*) + 1 AS number FROM sales WHERE demo) AS next
RETURNING id
