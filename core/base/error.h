/* Why something failed, in words for the person who must mend it. An error travels up unchanged; whoever
 * knows more may put a prefix before it. It never holds a secret: what goes in may come out in a log. */
#pragma once

struct error {
    char text[256];
};

/** Sets the text, cut to fit. `error` may be NULL. */
[[gnu::format(printf, 2, 3)]] void error_set(struct error *error, const char *format, ...);

/** Puts "prefix: " before the text. `error` may be NULL. */
[[gnu::format(printf, 2, 3)]] void error_prefix(struct error *error, const char *format, ...);
