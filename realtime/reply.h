/* Answers to messages: {"ok":true,…} and {"ok":false,"error":{code, message, …}}. */
#pragma once

#include "core/base/json.h"
#include "realtime/dispatch.h"

/** Begins "error":{code, message} in the session's language; the caller adds members and ends the object. */
void reply_error_begin(struct json *json, const struct session *session, enum verdict verdict);

/** Sends what was built, unless no answer is wanted. */
void reply_send(struct session *session, const struct request *request, const struct buffer *data);

/** {"ok":true} */
void reply_ok(struct session *session, const struct request *request);

/** A refusal; `field` and `detail` may be NULL. */
void reply_refuse(struct session *session, const struct request *request, enum verdict verdict,
                  const char *field, const char *detail);
