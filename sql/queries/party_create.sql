-- Enters a party: $1 the body, checked against its schema.
INSERT INTO parties (name, postal_address, phone, invoice_number)
SELECT b->>'name', b->>'postalAddress', b->>'phone', b->>'invoiceNumber'
FROM (SELECT $1::text::jsonb AS b) AS body
RETURNING id;
