/* A list of tickets, first in, first out; a ticket is in at most one. */
#pragma once

#include "realtime/docket.h"

struct tickets {
    struct ticket *first, **end;
    size_t count;
};

void tickets_init(struct tickets *tickets);
void tickets_push(struct tickets *tickets, struct ticket *ticket);
void tickets_push_front(struct tickets *tickets, struct ticket *ticket);
/** NULL when there is none. */
struct ticket *tickets_pop(struct tickets *tickets);
