/* What comes over Redis for this node: answers to bids handed over to the desks, leases given up,
 * announcements to the replicas, messages for a user to that user's connections. */
#pragma once

struct node;

/** Registers for all messages of the node's Redis. */
void relay_start(struct node *node);
