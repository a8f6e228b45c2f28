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

/** Counts the request against one more limit, by `key`, and tells how that stands in the RateLimit headers;
 * false when it is over it: then it is answered. Needs request->worker. */
[[gnu::warn_unused_result]] bool gate_take(struct request *request, enum limit_kind kind, const char *key);

/** The stricter limits of whatever tries an account from outside (log-in, registration, reset): by account
 * and address together, so that a guesser is slowed down and does not lock the owner out; by address; and,
 * far higher, by account alone. */
[[gnu::warn_unused_result]] bool gate_take_account(struct request *request, const char *email);
