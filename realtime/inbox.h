/* A node's inbox for bids that other nodes hand over: the Redis stream `bidq:{node:incarnation}`, bounded in
 * length, gone by itself when its node is. It is read, each entry once, on a connection of its own, because a
 * waiting read takes no other commands. Answers go out on the channel of the node that waits for them. */
#pragma once

#include "core/bus/redis.h"

#define INBOX_NAME_SIZE 112

struct node;
struct inbox;

struct inbox *inbox_create(struct node *node);
/** Reads no more. All bids taken in have been answered by then. */
void inbox_destroy(struct inbox **inbox);

/** Puts a bid_letter into `holder`'s inbox. The reply is the entry's id, or nil when there is no such inbox.
 */
void inbox_post(struct node *node, const char *holder, const char *letter, size_t size,
                redis_callback callback, void *context);

/** The channel on which a node hears the answers to what it posted. */
void inbox_answers_of(const char *node, char channel[INBOX_NAME_SIZE]);
