/* The strict gate before any JSON from a stranger is made into a tree: RFC 8259 to the letter, and narrower
 * where parsers disagree. What passes here means the same to every reader. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define JSON_DEPTH_MAX       16 /* containers inside one another */
#define JSON_NUMBER_SIZE_MAX 63 /* characters of one number */

/** True for exactly one JSON value in UTF-8: no NUL (not even as \u0000), no lone surrogate, no number that
 * is out of a double's range or whose fraction a double would swallow. Otherwise `*reason` is a constant
 * sentence. Duplicate names are json_parse's to find. Uses no recursion and no memory. */
[[gnu::warn_unused_result]] bool json_check(const char *text, size_t size, const char **reason);
