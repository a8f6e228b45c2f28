/* The demo: accounts whose passwords anybody may know, and a sale of invented horses that never ends. All of
 * it is marked demo in the database and デモ on screens. */
#pragma once

#include "core/store/db.h"

#define DEMO_BUYERS 8 /* played by demo-run */

/** Known to all, so only for a machine that nobody else reaches. */
#define DEMO_PASSWORD "seri-demo-2026"

enum demo_account {
    DEMO_VIEWER,
    DEMO_BIDDER, /* the visitor's; demo-run leaves it alone */
    DEMO_AUCTIONEER,
    DEMO_ADMIN,
    DEMO_BUYER_FIRST,
    DEMO_ACCOUNT_COUNT = DEMO_BUYER_FIRST + DEMO_BUYERS
};

struct demo_person {
    const char *email, *name, *role;
    int paddle; /* 0: does not bid */
};

extern const struct demo_person demo_people[DEMO_ACCOUNT_COUNT];

/** The passwords, by account. Owned by the caller; demo_passwords_finish wipes and frees them. */
struct demo_passwords {
    char *of[DEMO_ACCOUNT_COUNT];
};

/** From a file of lines role=password or e-mail=password (the e-mail counts more; # begins a comment line).
 * Those it does not name, and all when `path` is NULL, have DEMO_PASSWORD. False after telling what is wrong.
 */
[[gnu::warn_unused_result]] bool demo_passwords_read(const char *path, struct demo_passwords *out);
void demo_passwords_finish(struct demo_passwords *passwords);

/** The demo sale that is not closed, with its demo bidders approved; if there is none the next one is made:
 * from the catalogue the first time, then with the same horses. 0 with `error`. */
[[gnu::warn_unused_result]] int64_t demo_sale_ensure(struct db *db, bool *is_new, struct error *error);
