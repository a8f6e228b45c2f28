/* Settings. A value comes from the command line (--NAME=value), else from the environment, else from the file
 * named by --config or SERI_CONFIG, else from the table. A malformed value, an unknown name in the file or on
 * the command line, or an unknown SERI_… variable stops the start with a message that names it. --help prints
 * the settings.
 *
 * All programs share one table, and a row says which of them read it: so one file and one environment can
 * serve them all. A program takes from the file and the environment what is its own and passes over what is
 * another's; on its command line only its own names are allowed.
 *
 * The file has a NAME=value a line, white space around both ignored, the value taken as it stands (no quotes,
 * no escapes); empty lines and lines that start with # are skipped; a name stands in it once. */
#pragma once

#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_kind {
    CONFIG_TEXT,
    CONFIG_INT,    /* a whole number in decimal */
    CONFIG_BOOL,   /* true, yes, on, 1; false, no, off, 0 */
    CONFIG_SECRET, /* a text that is never printed, neither given nor default */
};

struct config_setting {
    const char *name;  /* the environment variable, e.g. DATABASE_URL */
    unsigned programs; /* who reads it: a set of bits, one a program, chosen where the table is */
    enum config_kind kind;
    const char *fallback;    /* the default as text; NULL: must be given, and not be empty */
    int64_t lowest, highest; /* of a CONFIG_INT, inclusive */
    const char *help;        /* one line, with the unit */
};

struct config; /* opaque: one program's values */

enum config_result { CONFIG_OK, CONFIG_HELP_SHOWN, CONFIG_BAD };

/**
 * Reads the settings of `program` (one bit of `programs`). `table` is borrowed as long as the config lives.
 * Arguments understood: --help, --version, --config FILE, --config=FILE, --NAME=value.
 * Returns CONFIG_HELP_SHOWN after printing --help or --version to standard output; CONFIG_BAD with `error`
 * set. On CONFIG_OK `*out` is owned by the caller. Call it before there are threads: it reads the
 * environment.
 */
[[gnu::warn_unused_result]] enum config_result config_load(const struct config_setting *table, size_t count,
                                                           unsigned program, int argc, char **argv,
                                                           struct config **out, struct error *error);
void config_destroy(struct config **config);

/* Values by name, borrowed from the config. Asking for a name that is not the program's, or by another kind,
 * ends the process: a slip of ours. */
const char *config_text(const struct config *config, const char *name); /* text or secret; "" when empty */
int64_t config_int(const struct config *config, const char *name);
bool config_bool(const struct config *config, const char *name);
