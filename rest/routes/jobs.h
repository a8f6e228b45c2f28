/* The operator's view of the jobs. */
#pragma once

#include "rest/route.h"

extern const struct schema jobs_query;

route_handler jobs_get, job_retry_post;
