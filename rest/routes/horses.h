/* Horses. */
#pragma once

#include "rest/route.h"

extern const struct schema horses_query, horse_create_body, horse_update_body;

/** The words for sexes and coat colours, NULL-terminated. */
extern const char *const horse_sexes[], *const horse_coat_colours[];

route_handler horses_get, horses_post, horse_get, horse_patch, horse_delete;
