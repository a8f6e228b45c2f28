#include "core/base/proc.h"

#include <stdlib.h>
#include <unistd.h>

#define FILE_MAX 256

int64_t proc_number(int file, int index)
{
    char text[FILE_MAX], *at = text, *end;
    ssize_t size = file >= 0 ? pread(file, text, sizeof text - 1, 0) : -1;
    int64_t number = -1;
    if (size <= 0)
        return -1;
    text[size] = '\0';
    for (int i = 0; i <= index; i++, at = end) {
        number = strtoll(at, &end, 10);
        if (end == at)
            return -1;
    }
    return number;
}
