/* The auctioneer's commands. */
#pragma once

#include "core/domain/auction.h"
#include "rest/route.h"

/** What each command's body may hold, by kind; kinds that are not commands of a person have none. */
extern const struct schema command_bodies[COMMAND_KIND_COUNT];

/** Carries out the command of the route's argument (enum command_kind) on the lot of the path. */
route_handler command_post;
