/* Where letters go: to a mail server by SMTP, or, without one, to a folder, each as a file that is whole when
 * it is seen. One mailer a thread; it keeps its connection for the next letter. */
#pragma once

#include "core/base/config.h"
#include "rest/mail/mime.h"

#include <stdatomic.h>

struct mailer; /* opaque */

/** Without a mail server: takes letters that are older than `days` out of the folder. */
void mailer_purge(const struct config *config, int64_t days);

/** Looks at the settings once at the start, so that a bad one is told at once; makes the folder if it is
 * missing. */
[[gnu::warn_unused_result]] bool mailer_check(const struct config *config, struct error *error);

/** For settings that mailer_check has found good. When `*stopping` becomes true a letter under way gets a few
 * seconds more. */
struct mailer *mailer_create(const struct config *config, const atomic_bool *stopping);
void mailer_destroy(struct mailer **mailer);

/** Whose letters these are. */
const struct mailbox *mailer_from(const struct mailer *mailer);

enum mail_outcome {
    MAIL_SENT,
    MAIL_FAILED, /* may be better later */
    MAIL_REFUSED /* the server will never take this letter */
};

/** Sends one letter (as letter_write makes it) to one address. `id` names it in the folder: sent again, it
 * takes its own place. `error` never holds an address. */
[[gnu::warn_unused_result]] enum mail_outcome mailer_send(struct mailer *mailer, const char *to,
                                                          const char *id, const struct buffer *letter,
                                                          struct error *error);
