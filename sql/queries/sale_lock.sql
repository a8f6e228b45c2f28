-- Makes the approvals of a sale wait for each other, so that each finds the paddles of those before. $1 sale
SELECT id FROM sales WHERE id = $1::bigint FOR NO KEY UPDATE;
