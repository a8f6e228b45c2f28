/* Roles, and sets of them for tables of routes and events. A role in a token is a hint; the database's is the
 * truth. */
#pragma once

#include <stdbool.h>

enum role { ROLE_VISITOR, ROLE_VIEWER, ROLE_BIDDER, ROLE_AUCTIONEER, ROLE_ADMIN, ROLE_COUNT };

/** A set of roles as bits. */
typedef unsigned role_set;
#define ROLES_ONE(role) (1u << (role))
#define ROLES_ANYONE    ((1u << ROLE_COUNT) - 1)
#define ROLES_LOGGED_IN (ROLES_ANYONE & ~ROLES_ONE(ROLE_VISITOR))
#define ROLES_OFFICE    (ROLES_ONE(ROLE_AUCTIONEER) | ROLES_ONE(ROLE_ADMIN))
#define ROLES_OUTSIDE   (ROLES_ONE(ROLE_VIEWER) | ROLES_ONE(ROLE_BIDDER)) /* logged in, not of the office */
#define ROLES_ADMINS    ROLES_ONE(ROLE_ADMIN)
#define ROLES_BIDDERS   ROLES_ONE(ROLE_BIDDER)
#define ROLES_ADMINS    ROLES_ONE(ROLE_ADMIN)

const char *role_name(enum role role);
/** -1 for an unknown name. */
int role_parse(const char *name);
bool roles_have(role_set set, enum role role);
