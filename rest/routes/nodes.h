/* What runs: every process as it last told of itself, for the operator. */
#pragma once

#include "rest/route.h"

route_handler nodes_get;
