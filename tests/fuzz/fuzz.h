/* What the fuzz targets share. A target is one parser with what must be true of whatever it makes of any
 * bytes at all; the memory errors are the sanitizers' to find. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** A target's one function: one run over `data`, which is exactly `size` bytes long. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ends the process, so that the sanitizers show where and the input is kept, unless `condition` holds. */
#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            __builtin_trap();                                                                                \
    } while (0)
