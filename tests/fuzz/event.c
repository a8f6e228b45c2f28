/* Rows of the ledger: the public part, a line feed, the private part. What is read loses nothing when it is
 * written, and what is written reads and writes to the same bytes ever after: the chain of hashes is over
 * them. */
#include "core/wire/event.h"

#include "core/base/alloc.h"
#include "core/wire/json_read.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#define PART_MAX 8192

/* Takes out what has more than one form: nothing (absent, null, 0, false, the nil UUID) and the case of a
 * UUID. */
static cJSON *essence(const char *part)
{
    const char *reason;
    cJSON *tree = json_parse(part, strlen(part), &reason);
    REQUIRE(tree != NULL);
    for (cJSON *member = tree->child, *next; member != NULL; member = next) {
        next = member->next;
        bool zero = cJSON_IsNull(member) || cJSON_IsFalse(member) ||
                    (cJSON_IsNumber(member) && member->valuedouble == 0);
        if (zero || strcmp(member->string, "bidId") == 0)
            cJSON_Delete(cJSON_DetachItemViaPointer(tree, member));
    }
    return tree;
}

static void require_same_essence(const char *part, const char *written)
{
    cJSON *a = essence(part), *b = essence(written);
    REQUIRE(cJSON_Compare(a, b, true));
    cJSON_Delete(a);
    cJSON_Delete(b);
}

static void write_parts(const struct auction_event *event, struct buffer *open, struct buffer *closed)
{
    buffer_init(open, PART_MAX);
    buffer_init(closed, PART_MAX);
    event_write_public(event, open);
    event_write_private(event, closed);
    REQUIRE(!open->failed && !closed->failed);
}

static void check_event(const struct auction_event *event, const char *public_part, const char *private_part)
{
    struct event_storage storage;
    struct auction_event again;
    struct error error;
    struct buffer open, closed, open_again, closed_again;
    write_parts(event, &open, &closed);
    require_same_essence(public_part, open.data);
    require_same_essence(private_part, closed.data);

    REQUIRE(event_read(open.data, closed.data, &storage, &again, &error));
    REQUIRE(uuid_equal(again.bid_id, event->bid_id));
    write_parts(&again, &open_again, &closed_again);
    REQUIRE(strcmp(open.data, open_again.data) == 0 && strcmp(closed.data, closed_again.data) == 0);
    buffer_finish(&open);
    buffer_finish(&closed);
    buffer_finish(&open_again);
    buffer_finish(&closed_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    if (end == NULL)
        return 0;
    size_t public_size = (size_t)(end - data);
    char *public_part = xstrndup((const char *)data, public_size);
    char *private_part = xstrndup((const char *)end + 1, size - public_size - 1);
    struct event_storage storage;
    struct auction_event event;
    struct error error;
    if (event_read(public_part, private_part, &storage, &event, &error))
        check_event(&event, public_part, private_part);
    free(public_part);
    free(private_part);
    return 0;
}
