-- A row if there is such a sale for the one who asks ($1 id, $2 whether it is the office). By primary key.
SELECT id FROM sales WHERE id = $1::bigint AND ($2::boolean OR status <> 'draft');
