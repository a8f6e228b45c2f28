/* What a file is, by its first bytes. */
#include "core/wire/sniff.h"

#include "tests/unit/suite.h"

#include <string.h>

#define FILE_OF(text, type, width, height)                                                                   \
    {                                                                                                        \
        text, sizeof(text) - 1, type, width, height                                                          \
    }
#define ZERO16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ZERO64 ZERO16 ZERO16 ZERO16 ZERO16

/* clang-format off */
static const struct {
    const char *bytes;
    size_t size;
    enum file_type type;
    int width, height;
} cases[] = {
    FILE_OF("", FILE_UNKNOWN, 0, 0),
    FILE_OF("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0", FILE_PNG, 640, 480),
    FILE_OF("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01", FILE_PNG, 0, 0),
    FILE_OF("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x80\0\0\0\0\0\x01\xe0", FILE_PNG, 0, 0),
    FILE_OF("\xff\xd8\xff\xe0\0\x04xx\xff\xff\xc2\0\x0b\x08\x01\xe0\x02\x80\x03", FILE_JPEG, 640, 480),
    FILE_OF("\xff\xd8\xff\xe0\xff\xff", FILE_JPEG, 0, 0),
    FILE_OF("\xff\xd8\xff\xda\0\x04xx\xff\xc0\0\x0b\x08\x01\xe0\x02\x80", FILE_JPEG, 0, 0),
    FILE_OF("\xff\xd8\xff\xe0\0\0\0\0\0\0\0\0\0\0\0\0", FILE_JPEG, 0, 0),
    FILE_OF("RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0", FILE_WEBP, 640, 480),
    FILE_OF("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01", FILE_WEBP, 640, 480),
    FILE_OF("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x7f\xc2\x77\0\0\0\0\0\0", FILE_WEBP, 640, 480),
    FILE_OF("RIFF\0\0\0\0WEBP", FILE_WEBP, 0, 0),
    FILE_OF("RIFF\0\0\0\0WAVEfmt ", FILE_UNKNOWN, 0, 0),
    FILE_OF("\0\0\0\x1c" "ftypavif", FILE_AVIF, 0, 0),
    FILE_OF("\0\0\0\x1c" "ftypisom", FILE_MP4, 0, 0),
    FILE_OF("\0\0\0\x14" "ftypqt  ", FILE_QUICKTIME, 0, 0),
    FILE_OF("\0\0\0\x14" "ftypheic", FILE_UNKNOWN, 0, 0),
    FILE_OF("\0\0\0\x14" "ftyp", FILE_UNKNOWN, 0, 0),
    FILE_OF("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", FILE_WEBM, 0, 0),
    FILE_OF("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska", FILE_UNKNOWN, 0, 0),
    FILE_OF("%PDF-1.7\n", FILE_PDF, 0, 0),
    FILE_OF(" %PDF-1.7\n", FILE_UNKNOWN, 0, 0),
    FILE_OF(ZERO64 ZERO64 "DICM", FILE_DICOM, 0, 0),
    FILE_OF("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", FILE_UNKNOWN, 0, 0),
    FILE_OF("<?xml version=\"1.0\"?><svg/>", FILE_UNKNOWN, 0, 0),
    FILE_OF("<!DOCTYPE html><script>1</script>", FILE_UNKNOWN, 0, 0),
    FILE_OF("GIF89a", FILE_UNKNOWN, 0, 0),
    FILE_OF("PK\x03\x04", FILE_UNKNOWN, 0, 0),
};
/* clang-format on */

START_TEST(a_file_is_what_its_bytes_say)
{
    /* an exact copy, so that the sanitizer sees a read beyond its end */
    uint8_t *copy = malloc(cases[_i].size + (cases[_i].size == 0));
    memcpy(copy, cases[_i].bytes, cases[_i].size);
    struct file_facts facts = file_sniff(copy, cases[_i].size);
    free(copy);
    ck_assert_int_eq(facts.type, cases[_i].type);
    ck_assert_int_eq(facts.width, cases[_i].width);
    ck_assert_int_eq(facts.height, cases[_i].height);
}
END_TEST

START_TEST(a_type_is_found_again_by_its_name)
{
    for (int type = FILE_UNKNOWN + 1; type < FILE_TYPE_COUNT; type++)
        ck_assert_int_eq(file_type_named(file_type_name((enum file_type)type)), type);
    ck_assert_int_eq(file_type_named("text/html"), FILE_UNKNOWN);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("sniff");
    tcase_add_loop_test(tests, a_file_is_what_its_bytes_say, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(tests, a_type_is_found_again_by_its_name);
    Suite *suite = suite_create("sniff");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
