/* The auctioneer's commands about a whole sale. */
#pragma once

#include "rest/route.h"

extern const struct schema sale_pause_body, sale_resume_body;

/** Carries out the command of the route's argument (enum command_kind) on the sale of the path. */
route_handler sale_command_post;
