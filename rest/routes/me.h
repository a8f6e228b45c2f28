/* The own account: who I am, and where I am logged in. */
#pragma once

#include "rest/route.h"

extern const struct schema me_body, own_sessions_query;

route_handler me_get, me_patch, own_sessions_get, own_sessions_delete, own_session_delete;
