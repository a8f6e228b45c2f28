/* Sessions from log-in to log-out. */
#pragma once

#include "rest/route.h"

extern const struct schema login_body, refresh_body, logout_body;

route_check login_check;
route_handler login_post, refresh_post, logout_post;
