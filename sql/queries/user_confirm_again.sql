-- The letter once more for a user whose address is not confirmed: $1 user, $2 digest of the token, $3 link
SELECT letter_add(id, NULL, 'confirm', $2::bytea, interval '3 days', 'confirm_email', $3::text)
FROM users WHERE id = $1::bigint AND email_confirmed_at IS NULL;
