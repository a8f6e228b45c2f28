-- An empty sale on the house's terms, as a draft. $1 name_ja, $2 name_en.
INSERT INTO sales (name_ja, name_en) VALUES ($1, $2) RETURNING id
