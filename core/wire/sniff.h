/* What kind of file this is, by its own first bytes: neither a name nor a header of a client's is believed.
 * Only what people may be shown safely is known here; a page or a drawing that can carry a script (HTML, SVG)
 * is not. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum file_type {
    FILE_UNKNOWN,
    FILE_JPEG,
    FILE_PNG,
    FILE_WEBP,
    FILE_AVIF,
    FILE_MP4,
    FILE_QUICKTIME,
    FILE_WEBM,
    FILE_PDF,
    FILE_DICOM,
    FILE_TYPE_COUNT
};

struct file_facts {
    enum file_type type;
    int32_t width, height; /* of a JPEG, PNG or WebP that tells them; else 0 */
};

/** Looks at a whole file, or as much of its beginning as there is. */
struct file_facts file_sniff(const uint8_t *bytes, size_t size);

/** "image/jpeg"; a constant. NULL for FILE_UNKNOWN. */
const char *file_type_name(enum file_type type);

/** "jpg"; a constant. NULL for FILE_UNKNOWN. */
const char *file_type_extension(enum file_type type);

/** The type of that name; FILE_UNKNOWN for any other. */
enum file_type file_type_named(const char *name);
