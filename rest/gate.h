/* The one dispatcher in front of all handlers. */
#pragma once

#include "rest/request.h"

/** Fills in what every answer needs, a refusal too: id, address, language, method, route. */
void gate_identify(struct request *request, const char *method, const struct sockaddr *peer);

/** Passes a complete request through all gates in order: framing, who, how often, route, role, form, body.
 * True when it is ready for its handler; else it is answered. Needs request->worker. */
[[gnu::warn_unused_result]] bool gate_pass(struct request *request);

/** Refuses the request before or instead of the above. */
void gate_refuse(struct request *request, enum verdict verdict, const char *detail);
