-- Whether there is a sale that is not the demo: then this database must not be wiped.
SELECT EXISTS (SELECT FROM sales WHERE NOT demo) AS has_real_sale
