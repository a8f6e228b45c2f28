-- Locks, in order of id, all active administrators and user $1, so that the next statement of the transaction finds them as they
-- are and stay: of two administrators who would demote each other one comes too late. Keys stay, so a bid's check that its bidder
-- exists need not wait, while it holds the registration that the erasing of the account comes to next.
SELECT id FROM users WHERE role = 'admin' AND active OR id = $1::bigint ORDER BY id FOR NO KEY UPDATE;
