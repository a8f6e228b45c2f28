/* A query string as an object of members, so that the same tables and the same words judge it as judge a
 * body. */
#pragma once

#include "rest/route.h"

/** Builds the object: numbers where the table wants them, texts elsewhere, absent ones left out. NULL, with a
 * fault, for a malformed or repeated name; an unknown one is left to fields_read. Free with cJSON_Delete. */
cJSON *query_parse(const char *text, const struct schema *schema, struct field_faults *faults);
