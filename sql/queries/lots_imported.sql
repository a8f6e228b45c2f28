-- A catalogue was imported, for the audit: $1 who, $2 sale, $3 lots.
INSERT INTO audit_log (user_id, action, sale_id, details)
VALUES ($1::bigint, 'lots_imported', $2::bigint, jsonb_build_object('lots', $3::bigint));
