/* A signature stands at a fixed place in all of these but a JPEG's size, which is found by walking its
 * segments. Every read is within `size`. */
#include "core/wire/sniff.h"

#include <stdbool.h>
#include <string.h>

static const struct {
    const char *name, *extension;
} types[FILE_TYPE_COUNT] = {
    [FILE_JPEG] = {"image/jpeg",        "jpg" },
      [FILE_PNG] = {"image/png",         "png" },
    [FILE_WEBP] = {"image/webp",        "webp"},
      [FILE_AVIF] = {"image/avif",        "avif"},
    [FILE_MP4] = {"video/mp4",         "mp4" },
      [FILE_QUICKTIME] = {"video/quicktime",   "mov" },
    [FILE_WEBM] = {"video/webm",        "webm"},
      [FILE_PDF] = {"application/pdf",   "pdf" },
    [FILE_DICOM] = {"application/dicom", "dcm" },
};

const char *file_type_name(enum file_type type)
{
    return types[type].name;
}

const char *file_type_extension(enum file_type type)
{
    return types[type].extension;
}

enum file_type file_type_named(const char *name)
{
    for (int type = FILE_UNKNOWN + 1; type < FILE_TYPE_COUNT; type++)
        if (strcmp(types[type].name, name) == 0)
            return (enum file_type)type;
    return FILE_UNKNOWN;
}

/* ---- signatures ---- */

struct view {
    const uint8_t *bytes;
    size_t size;
};

static bool has(const struct view *file, size_t at, const char *text, size_t size)
{
    return at <= file->size && size <= file->size - at && memcmp(file->bytes + at, text, size) == 0;
}
#define HAS(file, at, text) has(file, at, "" text, sizeof(text) - 1)

/* The major brand of an ISO base media file (MP4 and its kin). */
static enum file_type type_of_brand(const struct view *file)
{
    static const struct {
        const char *brand;
        enum file_type type;
    } brands[] = {
        {"isom", FILE_MP4      },
        {"iso2", FILE_MP4      },
        {"iso4", FILE_MP4      },
        {"iso5", FILE_MP4      },
        {"iso6", FILE_MP4      },
        {"mp41", FILE_MP4      },
        {"mp42", FILE_MP4      },
        {"avc1", FILE_MP4      },
        {"M4V ", FILE_MP4      },
        {"avif", FILE_AVIF     },
        {"avis", FILE_AVIF     },
        {"qt  ", FILE_QUICKTIME},
    };
    for (size_t i = 0; i < sizeof brands / sizeof brands[0]; i++)
        if (has(file, 8, brands[i].brand, 4))
            return brands[i].type;
    return FILE_UNKNOWN;
}

/* An EBML document names its kind among the first few elements. */
static bool is_webm(const struct view *file)
{
    for (size_t at = 4; at < 64; at++)
        if (HAS(file, at, "webm"))
            return true;
    return false;
}

static enum file_type type_of(const struct view *file)
{
    if (HAS(file, 0, "\xff\xd8\xff"))
        return FILE_JPEG;
    if (HAS(file, 0, "\x89PNG\r\n\x1a\n"))
        return FILE_PNG;
    if (HAS(file, 0, "RIFF") && HAS(file, 8, "WEBP"))
        return FILE_WEBP;
    if (HAS(file, 4, "ftyp"))
        return type_of_brand(file);
    if (HAS(file, 0, "\x1a\x45\xdf\xa3"))
        return is_webm(file) ? FILE_WEBM : FILE_UNKNOWN;
    if (HAS(file, 0, "%PDF-"))
        return FILE_PDF;
    return HAS(file, 128, "DICM") ? FILE_DICOM : FILE_UNKNOWN;
}

/* ---- sizes ---- */

#define SIDE_MAX 65535 /* more is no picture of a horse */

static uint32_t big(const struct view *file, size_t at, size_t count)
{
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value << 8 | file->bytes[at + i];
    return value;
}

static uint32_t little(const struct view *file, size_t at, size_t count)
{
    uint32_t value = 0;
    for (size_t i = count; i > 0; i--)
        value = value << 8 | file->bytes[at + i - 1];
    return value;
}

static void set_size(struct file_facts *facts, uint32_t width, uint32_t height)
{
    if (width == 0 || height == 0 || width > SIDE_MAX || height > SIDE_MAX)
        return;
    facts->width = (int32_t)width;
    facts->height = (int32_t)height;
}

/* Start of frame: C0 to CF but for the tables that stand among them. */
static bool is_frame(uint8_t marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static void size_jpeg(const struct view *file, struct file_facts *facts)
{
    size_t at = 2;
    while (at + 9 <= file->size && file->bytes[at] == 0xff) {
        uint8_t marker = file->bytes[at + 1];
        if (is_frame(marker)) {
            set_size(facts, big(file, at + 7, 2), big(file, at + 5, 2));
            return;
        }
        if (marker == 0xff) { /* filling */
            at++;
            continue;
        }
        if (marker == 0xda || marker == 0xd9)
            return;
        at += 2 + big(file, at + 2, 2);
    }
}

static void size_webp(const struct view *file, struct file_facts *facts)
{
    if (file->size < 30)
        return;
    if (HAS(file, 12, "VP8 ")) {
        set_size(facts, little(file, 26, 2) & 0x3fff, little(file, 28, 2) & 0x3fff);
    } else if (HAS(file, 12, "VP8L")) {
        uint32_t bits = little(file, 21, 4);
        set_size(facts, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1);
    } else if (HAS(file, 12, "VP8X")) {
        set_size(facts, little(file, 24, 3) + 1, little(file, 27, 3) + 1);
    }
}

struct file_facts file_sniff(const uint8_t *bytes, size_t size)
{
    struct view file = {bytes, size};
    struct file_facts facts = {.type = type_of(&file)};
    if (facts.type == FILE_JPEG)
        size_jpeg(&file, &facts);
    else if (facts.type == FILE_PNG && size >= 24)
        set_size(&facts, big(&file, 16, 4), big(&file, 20, 4));
    else if (facts.type == FILE_WEBP)
        size_webp(&file, &facts);
    return facts;
}
