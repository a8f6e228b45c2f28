/* What a node hears from Redis. A view that is read shows the same when it is announced again. */
#include "core/wire/announcement.h"

#include "core/wire/json_read.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* The announcement of the same view without its events. */
static void announce(const struct auction_view *view, struct buffer *out)
{
    buffer_init(out, 4096);
    announcement_write(view->seq, view, NULL, NULL, 0, out);
    REQUIRE(!out->failed);
}

static void check_announcement(const struct announcement *announcement)
{
    const struct auction_view *view = &announcement->view;
    REQUIRE(cJSON_GetArraySize(announcement->events) == view->seq - announcement->prev_seq);

    struct buffer once, twice;
    struct announcement again;
    announce(view, &once);
    REQUIRE(announcement_read(once.data, once.size, &again));
    announce(&again.view, &twice);
    REQUIRE(strcmp(once.data, twice.data) == 0);
    announcement_finish(&again);
    buffer_finish(&once);
    buffer_finish(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct announcement announcement;
    if (announcement_read((const char *)data, size, &announcement))
        check_announcement(&announcement);
    announcement_finish(&announcement);
    return 0;
}
