/* What a client may need to know before anything else. */
#pragma once

#include "rest/route.h"

route_handler config_get;
