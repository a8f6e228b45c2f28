-- Parties as the REST resource: $1 ids, $2 that the office asks: nobody else does. In the order of the ids, by primary keys.
SELECT '"' || p.version || '"' AS etag,
       json_build_object(
           'id', p.id, 'name', p.name, 'postalAddress', p.postal_address, 'phone', p.phone,
           'invoiceNumber', p.invoice_number,
           'users', coalesce((SELECT json_agg(json_build_object('id', u.id, 'name', u.name, 'email', u.email,
                                                                'addedAt', rfc3339(m.added_at)) ORDER BY u.id)
                              FROM party_users m JOIN users u ON u.id = m.user_id WHERE m.party_id = p.id), '[]'),
           'createdAt', rfc3339(p.created_at), 'updatedAt', rfc3339(p.updated_at))::text AS json
FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (id, place)
JOIN parties p ON p.id = wanted.id
WHERE $2::boolean
ORDER BY wanted.place;
