/* Whose request it is, as an address: the peer's, or, when the peer is a proxy of ours, the one that the
 * proxy says it serves. Anybody can write an X-Forwarded-For; only its last element, put there by our own
 * proxy, is believed. */
#pragma once

#include "core/base/error.h"

#include <sys/socket.h>

#define ADDRESS_SIZE 46 /* the longest IPv6 text and the NUL */

struct proxies; /* opaque; read-only after creation */

/** Reads "address[/bits],…", at most 16 of them; "" is none. NULL, with `error`, when it is malformed. */
struct proxies *proxies_create(const char *list, struct error *error);
void proxies_destroy(struct proxies **proxies);

/** Writes the client's address in its canonical form. `forwarded` is the header's value, NULL when absent. */
void address_of_client(const struct proxies *proxies, const struct sockaddr *peer, const char *forwarded,
                       char address[ADDRESS_SIZE]);
