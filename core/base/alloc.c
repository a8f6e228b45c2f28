/* The process ends with abort(), so that a core dump shows who asked for how much; write(2) and not the log,
 * for there is no memory to be careful with any more. */
#include "core/base/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *checked(void *memory)
{
    if (memory == NULL) {
        static const char message[] = "out of memory\n";
        ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
        (void)ignored;
        abort();
    }
    return memory;
}

/* A size of 0 may give NULL without being a failure; one byte keeps the two apart. */
static size_t at_least_one(size_t size)
{
    return size > 0 ? size : 1;
}

void *xmalloc(size_t size)
{
    return checked(malloc(at_least_one(size)));
}

void *xcalloc(size_t count, size_t size)
{
    return checked(calloc(at_least_one(count), at_least_one(size)));
}

void *xrealloc(void *memory, size_t size)
{
    return checked(realloc(memory, at_least_one(size)));
}

char *xstrdup(const char *text)
{
    return checked(strdup(text));
}

char *xstrndup(const char *text, size_t size)
{
    return checked(strndup(text, size));
}
