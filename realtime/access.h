/* Who may do what, kept fresh: sessions ended, roles changed, users deactivated take effect in live
 * connections within seconds. One cheap query every two seconds asks only for what changed among the users
 * connected here. And while Redis is away, over which it is told otherwise, whoever's credit or approval the
 * office has changed is told so (`you:update`). */
#pragma once

#include "core/auth/role.h"

#include <stdint.h>

struct node;
struct access;

struct access *access_create(struct node *node);
void access_destroy(struct access **access);

/** Asks the ledger who a token's holder is now. `role` ROLE_VISITOR: session ended or user inactive.
 * `unavailable`: could not ask. */
typedef void (*access_callback)(bool unavailable, enum role role, void *context);
void access_check(struct access *access, int64_t user_id, int64_t session_id, access_callback callback,
                  void *context);
