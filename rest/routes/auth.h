/* Accounts and sessions. */
#pragma once

#include "rest/route.h"

extern const struct schema register_body, login_body, refresh_body;

route_check register_check, login_check;
route_handler register_post, login_post, refresh_post, logout_post, me_get;
