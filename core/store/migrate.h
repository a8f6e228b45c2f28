/* Brings a database to the newest schema: the numbered scripts of sql/migrations, each in its own
 * transaction, forward only, under an advisory lock so that two starters at once do it once. A script that
 * was changed after it ran is refused. */
#pragma once

#include "core/store/db.h"

/** Applies what is missing. Returns the number applied, -1 with `error`. */
[[gnu::warn_unused_result]] int migrate_run(struct db *db, struct error *error);

/** True when the newest migration of this program is applied (for /ready); a newer database is fine, else the
 * nodes of a rolling upgrade would all leave at once. False with `error`. */
[[gnu::warn_unused_result]] bool migrate_is_current(struct db *db, struct error *error);
