/* The one dispatcher in front of all handlers. */
#pragma once

#include "rest/request.h"

/** Fills in what every answer needs, a refusal too: id, address, language, method, route. */
void gate_identify(struct request *request, const char *method, const struct sockaddr *peer);

/** Passes a complete request through all gates in order: who, how often, route, role, form, query, body. True
 * when it is ready for its handler; else it is answered. Needs request->worker. */
[[gnu::warn_unused_result]] bool gate_pass(struct request *request);

/** The same for a route that spools its body, before it is read: the headers have said that it is of `length`
 * bytes (-1: not known). */
[[gnu::warn_unused_result]] bool gate_pass_spooled(struct request *request, int64_t length);

/** Refuses the request before or instead of the above. */
void gate_refuse(struct request *request, enum verdict verdict, const char *detail);
