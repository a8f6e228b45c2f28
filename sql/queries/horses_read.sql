-- Horses as the REST resource: $1 ids, $2 whether the office asks, who sees the veterinary notes too. In the
-- order of the ids, by primary key.
-- What is asked for is kept from the planner, or it would plan anew for each array of ids, which takes longer than the
-- reading; and LIMIT makes it look each id up, where a join would first make the whole row of every horse.
WITH asked AS MATERIALIZED (
    SELECT $1::bigint[] AS ids, $2::boolean AS office
)
SELECT '"' || resource.version || '"' AS etag,
       CASE WHEN asked.office THEN left(json, -1) || ',"vetNotes":' || to_json(vet_notes) || '}' ELSE json END AS json
FROM asked
CROSS JOIN unnest(asked.ids) WITH ORDINALITY AS wanted (id, place)
CROSS JOIN LATERAL (
    SELECT h.version, h.vet_notes, (SELECT row_to_json(columns) FROM (
        SELECT h.id, h.name_ja AS "nameJa", h.name_en AS "nameEn",
               display_name_ja(h) AS "displayNameJa", display_name_en(h) AS "displayNameEn",
               h.sex, h.coat_colour AS "coatColour", h.foaled_on AS "foaledOn",
               h.sire_ja AS "sireJa", h.sire_en AS "sireEn", h.dam_ja AS "damJa", h.dam_en AS "damEn",
               h.damsire_ja AS "damsireJa", h.damsire_en AS "damsireEn",
               h.breeder, p.id AS "consignorId", p.name AS consignor, full_pedigree(h) AS pedigree,
               race_summary(h.race_record) AS "raceSummary", h.race_record AS "raceRecord", disclosures_text(h) AS disclosures, h.notes,
               (SELECT coalesce(json_agg(media_json(m, false) ORDER BY m.position, m.id), '[]')
                FROM media m WHERE m.horse_id = h.id AND NOT m.private) AS media,
               (SELECT count(*) FROM media m WHERE m.horse_id = h.id AND m.private) AS "privateMedia",
               rfc3339(h.created_at) AS "createdAt", rfc3339(h.updated_at) AS "updatedAt") AS columns)::text AS json
    FROM horses h
    LEFT JOIN parties p ON p.id = h.consignor_id
    WHERE h.id = wanted.id AND asked.office IS NOT NULL
    LIMIT 1
) AS resource
ORDER BY wanted.place;
