/* What is said of a request that is at fault, in the other language: the sentences stand in the code in
 * English, where they are said, and here in one table with their Japanese. The titles of refusals are
 * core/domain/verdict.c's. */
#pragma once

#include <stddef.h>

struct phrase {
    const char *en, *ja;
};

/** All of them, in ascending order of `en`. */
extern const struct phrase phrases[];
extern const size_t phrases_count;

/** A sentence of ours in Japanese; as it is, when the table does not have it. A format stays one, for the
 * same arguments in the same order. */
[[gnu::format_arg(1)]] const char *phrase_ja(const char *en);
