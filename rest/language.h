/* The languages that people may ask for, and which one a request prefers. */
#pragma once

enum language { LANGUAGE_JA, LANGUAGE_EN };

/** What an Accept-Language header (NULL: none) prefers; Japanese when it asks for neither. */
enum language language_preferred(const char *accept_language);

/** "ja" or "en". */
const char *language_name(enum language language);
