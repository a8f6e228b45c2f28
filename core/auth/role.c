/* The names are those of the database's enum and of the token's claim `role`. "visitor" has a name for tables
 * and logs alone: no account and no token carries it. */
#include "core/auth/role.h"

#include <string.h>

static const char *const names[ROLE_COUNT] = {
    [ROLE_VISITOR] = "visitor",       [ROLE_VIEWER] = "viewer", [ROLE_BIDDER] = "bidder",
    [ROLE_AUCTIONEER] = "auctioneer", [ROLE_ADMIN] = "admin",
};

const char *role_name(enum role role)
{
    return names[role];
}

int role_parse(const char *name)
{
    for (int role = 0; role < ROLE_COUNT; role++) {
        if (strcmp(name, names[role]) == 0)
            return role;
    }
    return -1;
}

bool roles_have(role_set set, enum role role)
{
    return (set & ROLES_ONE(role)) != 0;
}
