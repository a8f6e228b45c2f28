/* Whose request it is, as an address: the peer's, or, when the peer is a proxy of ours, the one that the
 * proxy says it serves, and so on back through all proxies of ours. Anybody can write an X-Forwarded-For;
 * only what was put there by a proxy of ours is believed. */
#pragma once

#include "core/base/error.h"

#include <stdbool.h>
#include <sys/socket.h>

#define ADDRESS_SIZE 46 /* the longest IPv6 text and the NUL */

struct proxies; /* opaque; read-only after creation */

/** Reads "address[/bits],…", at most 16 of them; "" is none. NULL, with `error`, when it is malformed. */
struct proxies *proxies_create(const char *list, struct error *error);
void proxies_destroy(struct proxies **proxies);

/** True when the peer is one of them. */
bool proxies_have(const struct proxies *proxies, const struct sockaddr *peer);

/** Writes the peer's address in its canonical form. */
void address_of_peer(const struct sockaddr *peer, char address[ADDRESS_SIZE]);

/** Writes the client's address in its canonical form. `forwarded` is the value of
 * X-Forwarded-For (of all of them in their order, with commas between), "" when absent. */
void address_of_client(const struct proxies *proxies, const struct sockaddr *peer, const char *forwarded,
                       char address[ADDRESS_SIZE]);

/** Writes what shares a limit with `address`: an IPv4 address is for itself; of an IPv6 address the /64,
 * which one household or server has whole, so that counting single addresses would count nothing. */
void address_neighbourhood(const char address[ADDRESS_SIZE], char neighbourhood[ADDRESS_SIZE]);
