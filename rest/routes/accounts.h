/* Getting an account, confirming its address, and its password. */
#pragma once

#include "rest/route.h"

extern const struct schema register_body, confirm_body, forgotten_body, reset_body, password_body, email_body;

route_check register_check, ticket_check, forgotten_check, own_password_check, email_check;
route_handler register_post, confirm_post, confirm_again_post, forgotten_post, reset_post, password_post,
    email_post;
