/* Passwords: argon2id, parameters in the hash (t=2, m=19 MiB, p=1: OWASP's minimum for servers that serve
 * many logins). Takes tens of milliseconds of a core: never on the event loop, never on a REST worker that
 * others wait for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define PASSWORD_HASH_SIZE  128
#define PASSWORD_LENGTH_MIN 10
#define PASSWORD_LENGTH_MAX 200

/** Hashes into `hash`. */
void password_hash(const char *password, char hash[PASSWORD_HASH_SIZE]);

/** True when the password is the one hashed. A NULL or malformed hash takes as long as a real one and gives
 * false, so the time of an answer does not tell whether an account exists. `*outdated` tells that the
 * parameters are not today's. */
bool password_verify(const char *password, const char *hash, bool *outdated);
