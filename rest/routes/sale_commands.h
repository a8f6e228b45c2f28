/* The auctioneer's commands about a whole sale. */
#pragma once

#include "core/wire/command.h"
#include "rest/route.h"

/** Carries out the command of the route's argument (enum command_kind) on the sale of the path. */
route_handler sale_command_post;
