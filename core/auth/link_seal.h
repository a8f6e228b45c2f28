/* Links that open one thing for one person for a short while: what they say is sealed with a key that all
 * processes derive from the same secret, so a link made by one is good at another. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LINK_KEY_SIZE  32
#define LINK_SEAL_SIZE 65 /* 64 hexadecimal digits and the NUL */

/** Derives the key of a purpose ("media") from a secret of the installation. */
void link_key_derive(const char *secret, const char *purpose, uint8_t key[LINK_KEY_SIZE]);

/** Seals: this thing, for this user, until then. */
void link_seal(const uint8_t key[LINK_KEY_SIZE], int64_t thing, int64_t user_id, int64_t until_ms,
               char seal[LINK_SEAL_SIZE]);

/** True when `seal` is the seal of just that; takes as long for any other. */
[[gnu::warn_unused_result]] bool link_seal_holds(const uint8_t key[LINK_KEY_SIZE], int64_t thing,
                                                 int64_t user_id, int64_t until_ms, const char *seal);
