/* This node's vital figures, told every two seconds where the operator looks for them (core/bus/vitals.h):
 * what its metrics hold, and of what only grows and of latencies, what came in the interval. */
#pragma once

struct node;
struct pulse; /* opaque */

struct pulse *pulse_create(struct node *node);

/** Takes the figures away, for a node that ends is not silent: a turn of the loop before Redis is let go. */
void pulse_destroy(struct pulse **pulse);
