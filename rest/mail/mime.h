/* A letter as the bytes that travel (RFC 5322, MIME): plain text in UTF-8, to one person. Whatever the texts
 * hold, they cannot become a header, another recipient or a second letter. */
#pragma once

#include "core/base/buffer.h"
#include "core/base/error.h"

#define MAILBOX_NAME_SIZE    128
#define MAILBOX_ADDRESS_SIZE 256

struct mailbox {
    char name[MAILBOX_NAME_SIZE];       /* UTF-8; "": none */
    char address[MAILBOX_ADDRESS_SIZE]; /* local@domain */
};

struct letter {
    struct mailbox from;
    const char *to;             /* an address that address_is_sound */
    const char *subject, *body; /* UTF-8; lines end with \n */
    const char *language;       /* "ja" or "en" */
    const char *id; /* of the Message-ID, before its @: the same whenever the letter is sent again */
    int64_t now_ms; /* since 1970 */
};

/** Reads "Name <local@domain>" or "local@domain". */
[[gnu::warn_unused_result]] bool mailbox_parse(const char *text, struct mailbox *out, struct error *error);

/** True for an address that can stand between < and > in a header and in SMTP without meaning anything else:
 * one @ with something on both sides, and no space, control character, bracket, quote, comma, colon,
 * semicolon or backslash. */
bool address_is_sound(const char *address);

/** Appends the whole letter, lines ending with CRLF. */
void letter_write(const struct letter *letter, struct buffer *out);
