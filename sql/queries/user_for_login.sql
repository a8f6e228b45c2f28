-- What a log-in is checked against, by the index users_email_key. $1 email, in any case of letters
SELECT id, password_hash, active FROM users WHERE lower(email) = lower($1::text);
