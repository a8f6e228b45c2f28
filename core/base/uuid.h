/* UUIDs (RFC 9562) as 16 raw bytes: the bids' and commands' keys are made by clients, request ids by us. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UUID_TEXT_SIZE 37 /* 36 characters and the NUL */

struct uuid {
    uint8_t bytes[16];
};

/** Reads the 36-character form, either case. False, and nothing written, for any other text. */
[[gnu::warn_unused_result]] bool uuid_parse(const char *text, struct uuid *out);

/** Writes the lower-case form with its NUL. */
void uuid_format(struct uuid uuid, char text[UUID_TEXT_SIZE]);

/** A random (version 4) UUID. */
struct uuid uuid_random(void);

bool uuid_equal(struct uuid a, struct uuid b);

/** True for the UUID of sixteen zero bytes, which stands for "none". */
bool uuid_is_nil(struct uuid uuid);

/** Fills memory from the kernel's generator; ends the process if it has none to give. */
void random_bytes(void *out, size_t size);
