/* E-mail addresses as far as their text can be judged. Whether one is somebody's, only a letter to it can
 * tell. */
#pragma once

#include <stdbool.h>

#define EMAIL_LENGTH_MIN 3
#define EMAIL_LENGTH_MAX 254 /* bytes, RFC 5321 */

/** True for something, an @ and something, without what could end or add a header or name a second address.
 */
[[gnu::warn_unused_result]] bool email_is_plausible(const char *text);
