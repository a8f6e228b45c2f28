/* The auctioneer's commands. */
#pragma once

#include "core/wire/command.h"
#include "rest/route.h"

/** Carries out the command of the route's argument (enum command_kind) on the lot of the path. */
route_handler command_post;
