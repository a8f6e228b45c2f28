-- Locks, in order of id, all active administrators and user $1, so that the next statement of the transaction finds them as they
-- are and stay: of two administrators who would demote each other one comes too late.
SELECT id FROM users WHERE role = 'admin' AND active OR id = $1::bigint ORDER BY id FOR UPDATE;
