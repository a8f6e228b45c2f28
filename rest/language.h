/* The languages that people may ask for, and which one a request prefers. */
#pragma once

enum language { LANGUAGE_JA, LANGUAGE_EN };

/** What an Accept-Language header (NULL: none) prefers; Japanese when it asks for neither. */
enum language language_preferred(const char *accept_language);

/** A sentence of ours (core/wire/phrases.h) in the language; a format stays one. */
[[gnu::format_arg(2)]] const char *language_phrase(enum language language, const char *en);

/** "ja" or "en". */
const char *language_name(enum language language);
