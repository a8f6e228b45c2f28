/* The fuzz targets as tests: every seed of the corpus, and mutations of it that are the same in every run.
 * Each target is linked with this into a Check program of its own, and each seed is a test of it. An input
 * that ends the process is left behind as a file: put it into the corpus once the fault is mended. */
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "tests/fuzz/fuzz.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MUTATIONS    4000 /* of all seeds together */
#define MS_MAX       1500 /* for them, however slow the machine */
#define INPUT_MAX    16384
#define FAILED_INPUT "failed_input"

struct input {
    uint8_t bytes[INPUT_MAX];
    size_t size;
};

static struct input *seeds;
static int seed_count;
static uint8_t *current; /* the input that is being run, for the last words */
static size_t current_size;
static uint64_t random_state;

/* In memory of exactly that size: reading beyond it is seen. */
static void run_input(const struct input *input)
{
    current_size = input->size;
    current = xmalloc(input->size > 0 ? input->size : 1);
    memcpy(current, input->bytes, input->size);
    LLVMFuzzerTestOneInput(current, current_size);
    free(current);
    current = NULL;
}

/* splitmix64 */
static size_t random_below(size_t bound)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((z ^ (z >> 31)) % bound);
}

/* Puts `size` bytes in the place of `gone` at `at`, as far as they fit. */
static void replace(struct input *input, size_t at, size_t gone, const void *bytes, size_t size)
{
    if (input->size - gone + size > INPUT_MAX)
        return;
    memmove(&input->bytes[at + size], &input->bytes[at + gone], input->size - at - gone);
    memcpy(&input->bytes[at], bytes, size);
    input->size += size - gone;
}

/* One change of the kinds that parsers have been caught by. */
static void mutate(struct input *input, const struct input *other)
{
    /* clang-format off */
    static const char *const words[] = {
        "\"", "\\", "{", "}", "[", "]", ":", ",", ".", "=", "%", "&", ";", "/", "-", "\n", "\r\n", " ", "\t", "\x7f",
        "0", "-1", "1e9", "9007199254740992", "null", "\\u0000", "\\ud800", "\xff", "\xe3\x81", "\xed\xa0\x80", "\xef\xbb\xbf",
    };
    /* clang-format on */
    size_t at = random_below(input->size + 1), rest = input->size - at;
    size_t some = rest > 0 ? random_below(rest < 16 ? rest : 16) + 1 : 0;
    uint8_t copy[16];
    memcpy(copy, &input->bytes[at], some);
    const char *word = words[random_below(sizeof words / sizeof *words)];
    switch (random_below(6)) {
    case 0:
        if (rest > 0)
            input->bytes[at] ^= (uint8_t)(1 << random_below(8));
        return;
    case 1: replace(input, at, some, "", random_below(2)); return;
    case 2: replace(input, at, 0, copy, some); return;
    case 3: replace(input, at, 0, word, strlen(word)); return;
    case 4: replace(input, at, some, word, strlen(word)); return;
    case 5: {
        size_t from = random_below(other->size + 1);
        replace(input, at, rest, &other->bytes[from], other->size - from);
        return;
    }
    }
}

START_TEST(nothing_breaks_it)
{
    static struct input input;
    run_input(&seeds[_i]);
    random_state = (uint64_t)_i;
    int64_t end = clock_monotonic_ms() + MS_MAX / seed_count;
    for (int i = 0; i < MUTATIONS / seed_count && clock_monotonic_ms() < end; i++) {
        input = seeds[_i];
        const struct input *other = &seeds[random_below((size_t)seed_count)];
        for (size_t changes = random_below(4) + 1; changes > 0; changes--)
            mutate(&input, other);
        run_input(&input);
    }
}
END_TEST

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>

/* So that a REQUIRE is reported with its place, like an error of memory. */
const char *__asan_default_options(void)
{
    return "handle_sigill=1";
}

static void keep_input(void)
{
    int fd = current != NULL ? open(FAILED_INPUT, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    if (fd >= 0 && write(fd, current, current_size) == (ssize_t)current_size)
        fprintf(stderr, "the input is in " FAILED_INPUT " in the current folder\n");
}
#endif

static int is_seed(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool read_seed(const char *name, struct input *out)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", FUZZ_CORPUS, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    out->size = fread(out->bytes, 1, INPUT_MAX, file);
    fclose(file);
    return true;
}

/* In order of name, so that every run is the same. */
static bool read_corpus(void)
{
    struct dirent **entries;
    seed_count = scandir(FUZZ_CORPUS, &entries, is_seed, alphasort);
    if (seed_count < 1)
        return false;
    seeds = xcalloc((size_t)seed_count, sizeof *seeds);
    bool good = true;
    for (int i = 0; i < seed_count; i++) {
        good &= read_seed(entries[i]->d_name, &seeds[i]);
        free(entries[i]);
    }
    free(entries);
    return good;
}

int main(void)
{
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_set_death_callback(keep_input);
#endif
    if (!read_corpus()) {
        fprintf(stderr, "cannot read the seeds in %s\n", FUZZ_CORPUS);
        return EXIT_FAILURE;
    }
    TCase *cases = tcase_create("fuzz");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, nothing_breaks_it, 0, seed_count);
    Suite *suite = suite_create("fuzz");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    free(seeds);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
