/* Parties: consignors and whoever belongs to them. */
#pragma once

#include "rest/route.h"

extern const struct schema parties_query, party_create_body, party_update_body;

route_handler parties_get, parties_post, party_get, party_patch, party_delete, party_user_put,
    party_user_delete;
