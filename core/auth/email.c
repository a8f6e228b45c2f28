/* Strict where leniency would be dangerous (an address goes into the headers of a letter and into the list of
 * its recipients), and lenient elsewhere: the grammar of RFC 5322 is larger than what any mail server takes,
 * and each has its own idea. */
#include "core/auth/email.h"

#include <ctype.h>
#include <string.h>

bool email_is_plausible(const char *text)
{
    const char *at = strchr(text, '@');
    if (at == NULL || at == text || at[1] == '\0' || strchr(at + 1, '@') != NULL ||
        strlen(text) > EMAIL_LENGTH_MAX || strpbrk(text, " <>()[],;:\\\"") != NULL)
        return false;
    for (; *text != '\0'; text++)
        if (iscntrl((unsigned char)*text))
            return false;
    return true;
}
