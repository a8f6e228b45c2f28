/* Who may bid at a sale. */
#pragma once

#include "rest/route.h"

extern const struct schema registrations_query, registration_body;

route_handler registrations_get, registrations_post, registration_me_get;
