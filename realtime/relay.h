/* What comes over Redis for this node: announcements to the replicas, messages for a user to that user's
 * connections. */
#pragma once

struct node;

/** Registers for all messages of the node's Redis. */
void relay_start(struct node *node);
