-- A new account. The unique index users_email_key refuses an e-mail that is taken, in any case of letters.
-- $1 email text, $2 name text, $3 password_hash text, $4 role text, $5 language text ('ja' or 'en')
INSERT INTO users (email, name, password_hash, role, language)
VALUES ($1, $2, $3, $4, $5)
RETURNING id
