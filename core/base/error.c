/* Texts are composed on the stack and cut to fit: an error must never be the cause of another one. */
#include "core/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Appends what fits to a text of a struct error. */
static void append_cut(char *text, size_t *used, const char *more)
{
    size_t room = sizeof((struct error *)0)->text - 1 - *used;
    size_t size = strnlen(more, room);
    memcpy(text + *used, more, size);
    *used += size;
    text[*used] = '\0';
}

void error_set(struct error *error, const char *format, ...)
{
    if (error == NULL)
        return;
    /* Composed aside first: an argument may point into error->text. */
    struct error composed;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(composed.text, sizeof composed.text, format, arguments);
    va_end(arguments);
    *error = composed;
}

void error_prefix(struct error *error, const char *format, ...)
{
    if (error == NULL)
        return;
    struct error composed;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(composed.text, sizeof composed.text, format, arguments);
    va_end(arguments);

    size_t used = strlen(composed.text);
    append_cut(composed.text, &used, ": ");
    append_cut(composed.text, &used, error->text);
    *error = composed;
}
