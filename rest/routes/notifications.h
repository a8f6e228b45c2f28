/* What a user was told, and what they want to be told. */
#pragma once

#include "rest/route.h"

extern const struct schema notifications_query, notifications_read_body, notification_settings_body;

route_handler notifications_get, notification_read_post, notifications_read_post, notification_settings_get,
    notification_settings_put;
