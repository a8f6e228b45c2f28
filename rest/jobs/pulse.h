/* This process' vital figures, told every two seconds where the operator looks for them (core/bus/vitals.h).
 * A thread of its own: a Redis that does not answer holds up nothing but the telling. */
#pragma once

#include "core/base/buffer.h"
#include "rest/service.h"

struct pulse; /* opaque */

/** Starts the thread. */
struct pulse *pulse_start(const struct service *service);

/** Takes the figures away and ends the thread. Accepts a pointer to NULL. */
void pulse_stop(struct pulse **pulse);

/** Appends the figures as they were told last, for who cannot ask Redis. From any thread. */
void pulse_copy(struct pulse *pulse, struct buffer *out);

/** Of this process among all. */
const char *pulse_identity(const struct pulse *pulse);
