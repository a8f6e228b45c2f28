/* Telling the nodes: one script sets the cache keys auction:{id}:status, :price, :end_time, :extended, :seq
 * if they are older (by seq), and publishes the announcement on auction:{id}:events; all keys share a slot of
 * a cluster, for the braces are literal. */
#pragma once

#include "core/base/buffer.h"
#include "core/wire/announcement.h"

#define ANNOUNCE_ARGUMENTS_MAX 16

/** A Redis command put together; texts are owned by `text`. */
struct announce_command {
    int count;
    const char *arguments[ANNOUNCE_ARGUMENTS_MAX];
    size_t sizes[ANNOUNCE_ARGUMENTS_MAX];
    struct buffer text;
};

/** The EVAL that sets the keys and publishes `message` (an announcement as JSON). */
void announce_build(struct announce_command *command, const struct auction_view *view, const char *message,
                    size_t size);

/** PUBLISH of a frame ({"event":…,"data":{…}}) to user:{id}: every node hands it to the user's connections.
 */
void announce_user_build(struct announce_command *command, int64_t user_id, const char *message, size_t size);

/** PUBLISH to all nodes, for the rooms of sales, that a lot has started: the data of their `auction:started`,
 * which is its public event with the ids and the lot's number before it. */
void announce_started_build(struct announce_command *command, const struct auction_view *view, int lot_number,
                            const char *event, size_t size);
#define CHANNEL_STARTED "auction:started"

void announce_finish(struct announce_command *command);

/** Channel names. */
#define CHANNEL_NAME_SIZE 64
void channel_of_auction(int64_t auction_id, char name[CHANNEL_NAME_SIZE]);
void channel_of_user(int64_t user_id, char name[CHANNEL_NAME_SIZE]);
/** Reads the id out of a channel name of either kind; false for any other name. `*is_user` tells which. */
bool channel_parse(const char *name, int64_t *id, bool *is_user);
