/* Disclosures (公表事項). */
#pragma once

#include "rest/route.h"

extern const struct schema disclosures_query, disclosure_body;

route_handler disclosures_get, disclosures_post;
