/* For the machines that watch over us. */
#pragma once

#include "rest/route.h"

route_handler health_get, ready_get, metrics_get;
