/* Who may bid at a sale. */
#pragma once

#include "rest/route.h"

extern const struct schema registrations_query, my_registrations_query, registration_body,
    registration_change_body, application_body;

route_handler registrations_get, registrations_post, registration_get, registration_patch;

/** The asker's own: all of them; at a sale looking at it, applying, taking it back. */
route_handler my_registrations_get;
route_handler registration_me_get, registration_me_put, registration_me_delete;
