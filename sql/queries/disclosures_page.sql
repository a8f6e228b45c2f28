-- All entries of a horse ($1 id), oldest first: $2 after this place, $3 at most. `current` are those that stand. One index.
SELECT json_build_object(
           'id', d.id, 'dated', d.dated, 'text', d.text, 'supersedes', d.supersedes, 'supersededBy', c.id,
           'reason', d.reason, 'current', c.id IS NULL AND d.text <> '', 'enteredAt', rfc3339(d.entered_at))::text AS json,
       d.id::text AS cursor
FROM disclosures d
LEFT JOIN disclosures c ON c.supersedes = d.id
WHERE d.horse_id = $1::bigint AND d.id > $2::bigint AND ($4::bigint IS NULL OR d.id = $4)
ORDER BY d.id
LIMIT $3::bigint;
