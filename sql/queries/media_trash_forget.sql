-- An orphan ($1 location) is gone from the store.
DELETE FROM media_trash WHERE location = $1::text;
