/* Which row of the table of routes a request belongs to. */
#pragma once

#include "core/base/uuid.h"
#include "rest/route.h"

struct match {
    const struct route *route; /* NULL: none */
    char allow[64];     /* without a route: the methods that the path has, "" when there is no such path */
    int64_t id, sub_id; /* the first {id} and the second; 0: none */
    struct uuid uuid;
};

/** Finds the route of a path as it was sent: undecoded, for no route needs an encoded character. */
void router_find(enum method method, const char *path, struct match *out);

/** Ends the process when the table is not in order: a slip of ours. */
void router_check(void);
