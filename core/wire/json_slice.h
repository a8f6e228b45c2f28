/* Looking into JSON text that is to be passed on as it came, without making a tree of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/** A value, as it stands in the text; borrowed from it. */
struct json_slice {
    const char *text;
    size_t size;
};

/** The member of that name of an object that json_check has passed. A name written with escapes is not found.
 * False when there is none, and for any value but an object. */
[[gnu::warn_unused_result]] bool json_slice_member(struct json_slice object, const char *name,
                                                   struct json_slice *out);
