/* Whether a token's session still stands and what its user may do, as the database has it: a token says only
 * what was true when it was signed. What was read serves for SESSION_FRESH_MS, in a bounded table shared by
 * all threads, so a revoked session or a changed role takes effect within that time, and at once where this
 * process made the change. */
#pragma once

#include "core/auth/role.h"
#include "core/store/db.h"

#include <stdint.h>

#define SESSION_FRESH_MS INT64_C(3000)

enum session_state {
    SESSION_STANDS,
    SESSION_OVER,      /* ended, expired or unknown, or its user is not active */
    SESSION_UNREADABLE /* the database could not be asked */
};

struct sessions; /* opaque; any thread */

struct sessions *sessions_create(void);
void sessions_destroy(struct sessions **sessions);

/** Looks a session of `user_id` up. `*role` is set when it stands. `now_ms` is the monotonic clock's. */
[[gnu::warn_unused_result]] enum session_state sessions_look_up(struct sessions *sessions, struct db *db,
                                                                int64_t session_id, int64_t user_id,
                                                                int64_t now_ms, enum role *role);

/** Forgets what is known of one session, or of all sessions of a user, because it has just been changed. */
void sessions_forget(struct sessions *sessions, int64_t session_id);
void sessions_forget_user(struct sessions *sessions, int64_t user_id);
