-- A file is about to be put at $1: an orphan, to be removed once nobody can be at work on it any more.
INSERT INTO media_trash (location, due_at) VALUES ($1::text, now() + interval '1 day') RETURNING location;
