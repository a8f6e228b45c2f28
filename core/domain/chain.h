/* The hash chain over an auction's events, which makes the ledger provable (product.md, "The ledger is
 * provable"): hash[n] = SHA-256( hash[n-1] ‖ public[n] ‖ SHA-256( salt[n] ‖ private[n] ) ),   hash[0] =
 * SHA-256( "seri:auction:{id}" ) over raw bytes; public and private are RFC 8785 canonical JSON. Whoever has
 * the public parts and the inner digests can check the chain; whoever is shown a private part and its salt
 * can check that one. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CHAIN_HASH_SIZE 32
#define CHAIN_SALT_SIZE 16

struct chain_hash {
    uint8_t bytes[CHAIN_HASH_SIZE];
};

/** The "previous hash" of an auction's first event. */
struct chain_hash chain_seed(int64_t auction_id);

/** The digest that stands for a private part in public. */
struct chain_hash chain_seal(const uint8_t salt[CHAIN_SALT_SIZE], const char *private_part, size_t size);

/** The hash of an event whose predecessor has `previous`. */
struct chain_hash chain_next(struct chain_hash previous, const char *public_part, size_t size,
                             struct chain_hash seal);
