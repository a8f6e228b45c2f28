/* The server's end of TLS against OpenSSL as a client, in memory: bytes go from one to the other by hand, in
 * pieces of any size, or changed on the way. */
#include "realtime/tls.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BIG = 1000000, DAY = 86400 };

static char folder[64];
static char certificate_file[80], key_file[80], other_file[80];
static struct tls_context *context;
static struct tls *tls;           /* the server's end */
static struct buffer clear, wire; /* what came out of it */
static enum tls_result result;    /* the last one */
static SSL_CTX *client_rules;
static SSL *client;

/* ---- certificates ---- */

static void write_key(const char *path, EVP_PKEY *key, const EVP_CIPHER *cipher)
{
    FILE *file = fopen(path, "w");
    ck_assert_int_eq(
        PEM_write_PrivateKey(file, key, cipher, NULL, 0, NULL, (void *)(cipher ? "secret" : NULL)), 1);
    fclose(file);
}

/* A certificate of that name, signed by itself, good from now for so many seconds. */
static void make_certificate(const char *name, long seconds)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), seconds < 0 ? 2 * seconds : 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
    FILE *file = fopen(certificate_file, "w");
    PEM_write_X509(file, certificate);
    fclose(file);
    write_key(key_file, key, NULL);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* ---- both ends ---- */

static void set_up(void)
{
    snprintf(folder, sizeof folder, "/tmp/seri-test-tls-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(certificate_file, sizeof certificate_file, "%s/cert.pem", folder);
    snprintf(key_file, sizeof key_file, "%s/key.pem", folder);
    snprintf(other_file, sizeof other_file, "%s/other.pem", folder);
    make_certificate("one", DAY);
    struct error error;
    context = tls_context_create(certificate_file, key_file, &error);
    ck_assert_ptr_nonnull(context);
    client_rules = SSL_CTX_new(TLS_client_method());
    buffer_init(&clear, 4 * BIG);
    buffer_init(&wire, 4 * BIG);
}

static void tear_down(void)
{
    tls_destroy(&tls);
    SSL_free(client);
    client = NULL;
    SSL_CTX_free(client_rules);
    tls_context_destroy(&context);
    buffer_finish(&clear);
    buffer_finish(&wire);
    unlink(certificate_file);
    unlink(key_file);
    unlink(other_file);
    rmdir(folder);
}

static void meet(int version)
{
    tls_destroy(&tls);
    SSL_free(client);
    tls = tls_create(context);
    client = SSL_new(client_rules);
    SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(client);
    SSL_set_min_proto_version(client, version);
    SSL_set_max_proto_version(client, version);
    buffer_clear(&clear);
    buffer_clear(&wire);
    result = TLS_GOES_ON;
}

/* Lets the server's bytes through to the client. */
static void to_client(void)
{
    ck_assert(!wire.failed);
    if (wire.size > 0)
        ck_assert_int_eq(BIO_write(SSL_get_rbio(client), wire.data, (int)wire.size), (int)wire.size);
    buffer_clear(&wire);
}

/* Lets the client's bytes through to the server, in pieces of that size, until it has had enough. */
static void to_server(size_t piece)
{
    char *bytes;
    size_t left = (size_t)BIO_get_mem_data(SSL_get_wbio(client), &bytes);
    while (left > 0 && result == TLS_GOES_ON) {
        size_t size = left < piece ? left : piece;
        char *copy = malloc(size); /* of its very size: a read beyond it is seen */
        memcpy(copy, bytes, size);
        result = tls_receive(tls, copy, size, &clear, &wire);
        free(copy);
        bytes += size;
        left -= size;
    }
    BIO_reset(SSL_get_wbio(client));
}

/* True when both are through. */
static bool shake_hands(size_t piece)
{
    for (int turns = 0; turns < 10 && result == TLS_GOES_ON; turns++) {
        ERR_clear_error();
        bool done = SSL_do_handshake(client) == 1;
        to_server(piece);
        to_client();
        if (done)
            return result == TLS_GOES_ON;
    }
    return false;
}

static void check_talk(const char *text, size_t size, size_t piece)
{
    char *got = malloc(size);
    ck_assert_int_eq(SSL_write(client, text, (int)size), (int)size);
    buffer_clear(&clear);
    to_server(piece);
    ck_assert_int_eq(result, TLS_GOES_ON);
    ck_assert_uint_eq(clear.size, size);
    ck_assert_mem_eq(clear.data, text, size);
    ck_assert(tls_send(tls, text, size, &wire));
    ck_assert_uint_gt(wire.size, size);
    ck_assert_ptr_null(memmem(wire.data, wire.size, text, size));
    to_client();
    for (size_t at = 0; at < size;) {
        int read = SSL_read(client, got + at, (int)(size - at));
        ck_assert_int_gt(read, 0);
        at += (size_t)read;
    }
    ck_assert_mem_eq(got, text, size);
    free(got);
}

static char *pattern(size_t size)
{
    char *bytes = malloc(size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    return bytes;
}

static void check_name(const char *name)
{
    char text[64] = "";
    X509 *certificate = SSL_get1_peer_certificate(client);
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text, sizeof text);
    ck_assert_str_eq(text, name);
    X509_free(certificate);
}

/* ---- what is agreed on ---- */

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

START_TEST(it_speaks_in_pieces_of_any_size)
{
    static const size_t pieces[] = {1, 2, 5, 1000, BIG};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        meet(versions[_i]);
        ck_assert(shake_hands(pieces[i]));
        ck_assert_int_eq(SSL_version(client), versions[_i]);
        check_talk("hello", 5, pieces[i]);
    }
}
END_TEST

START_TEST(what_is_long_goes_through_in_one_call_and_comes_as_it_was)
{
    char *text = pattern(BIG);
    meet(versions[_i]);
    ck_assert(shake_hands(BIG));
    check_talk(text, BIG, 65536);
    check_talk(text, BIG, 777);
    free(text);
}
END_TEST

START_TEST(no_older_version_is_spoken)
{
    SSL_CTX_set_cipher_list(client_rules, "ALL:@SECLEVEL=0");
    meet(TLS1_1_VERSION);
    ck_assert(!shake_hands(BIG));
    ck_assert_int_eq(result, TLS_BROKEN);
    ck_assert_str_eq(tls_reason(tls), "unsupported protocol");
}
END_TEST

START_TEST(only_http_1_1_is_chosen_and_whoever_offers_others_alone_is_refused)
{
    static const struct {
        const char *offered;
        bool good;
    } offers[] = {
        {"\x02h2\x08http/1.1", true },
        {"\x08http/1.1",       true },
        {"\x02h2",             false},
    };
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        const unsigned char *chosen;
        unsigned size;
        meet(TLS1_3_VERSION);
        SSL_set_alpn_protos(client, (const unsigned char *)offers[i].offered,
                            (unsigned)strlen(offers[i].offered));
        ck_assert_int_eq(shake_hands(BIG), offers[i].good);
        SSL_get0_alpn_selected(client, &chosen, &size);
        ck_assert_uint_eq(size, offers[i].good ? 8 : 0);
    }
}
END_TEST

START_TEST(a_client_comes_back_by_its_ticket)
{
    char byte;
    meet(versions[_i]);
    ck_assert(shake_hands(BIG));
    ck_assert_int_le(SSL_read(client, &byte, 1), 0); /* takes the ticket */
    SSL_SESSION *session = SSL_get1_session(client);
    SSL_shutdown(client); /* what ends without is not come back to */
    meet(versions[_i]);
    SSL_set_session(client, session);
    ck_assert(shake_hands(BIG));
    ck_assert_int_eq(SSL_session_reused(client), 1);
    check_talk("hello", 5, BIG);
    SSL_SESSION_free(session);
}
END_TEST

START_TEST(keys_are_changed_on_the_way)
{
    meet(TLS1_3_VERSION);
    ck_assert(shake_hands(BIG));
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(SSL_key_update(client, SSL_KEY_UPDATE_REQUESTED), 1);
        check_talk("hello", 5, 3);
    }
}
END_TEST

START_TEST(what_was_agreed_on_is_not_agreed_on_again)
{
    meet(TLS1_2_VERSION);
    ck_assert(shake_hands(BIG));
    ck_assert_int_eq(SSL_renegotiate(client), 1);
    SSL_do_handshake(client);
    to_server(BIG);
    ck_assert_int_eq(result, TLS_GOES_ON);
    ck_assert_uint_eq(clear.size, 0);
    to_client();
    ERR_clear_error();
    ck_assert_int_eq(SSL_do_handshake(client), -1);
    ck_assert_int_eq(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
}
END_TEST

/* ---- the end ---- */

START_TEST(each_says_by_itself_that_it_has_ended)
{
    char byte;
    meet(versions[_i]);
    ck_assert(shake_hands(BIG));
    SSL_write(client, "last", 4);
    SSL_shutdown(client);
    to_server(BIG);
    ck_assert_int_eq(result, TLS_ENDED);
    ck_assert_uint_eq(clear.size, 4);
    ck_assert(tls_send(tls, "x", 1, &wire)); /* half of it is still open */
    tls_end(tls, &wire);
    size_t size = wire.size;
    tls_end(tls, &wire);
    ck_assert_uint_eq(wire.size, size);
    ck_assert(!tls_send(tls, "y", 1, &wire));
    to_client();
    ck_assert_int_eq(SSL_read(client, &byte, 1), 1);
    int read = SSL_read(client, &byte, 1);
    ck_assert_int_eq(SSL_get_error(client, read), SSL_ERROR_ZERO_RETURN);
}
END_TEST

START_TEST(nothing_is_said_at_the_end_of_what_has_not_begun)
{
    meet(TLS1_3_VERSION);
    tls_end(tls, &wire);
    SSL_do_handshake(client);
    to_server(20);
    tls_end(tls, &wire);
    ck_assert(!tls_send(tls, "x", 1, &wire) || wire.size == 0);
}
END_TEST

/* ---- faults ---- */

/* After a fault of this connection it stays broken, and the next one is as good as ever. */
static void check_broken(void)
{
    size_t size = wire.size;
    ck_assert_int_eq(result, TLS_BROKEN);
    ck_assert_uint_gt(strlen(tls_reason(tls)), 0);
    ck_assert(!tls_send(tls, "x", 1, &wire));
    tls_end(tls, &wire);
    ck_assert_int_eq(tls_receive(tls, "x", 1, &clear, &wire), TLS_BROKEN);
    ck_assert_uint_eq(wire.size, size);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    meet(TLS1_3_VERSION);
    ck_assert(shake_hands(BIG));
    check_talk("hello", 5, BIG);
}

START_TEST(what_is_no_tls_breaks_it)
{
    static const char openings[][32] = {
        "GET / HTTP/1.1\r\n\r\n",    "\x16\x03\x01\x7f\xffgarbage",       "\x17\x03\x03\x00\x05hello",
        "\x16\x03\x01\x00\x05hello", "\x80\x12\x01\x03\x01\x00\x15hello", "\xff\xff\xff\xff\xff\xff\xff\xff",
    };
    for (size_t i = 0; i < sizeof openings / sizeof openings[0]; i++) {
        meet(TLS1_3_VERSION);
        for (size_t at = 0; at < sizeof openings[i] && result == TLS_GOES_ON; at++)
            result = tls_receive(tls, openings[i] + at, 1, &clear, &wire);
        ck_assert_msg(result == TLS_BROKEN && clear.size == 0, "opening %zu", i);
        check_broken();
    }
}
END_TEST

START_TEST(a_byte_changed_on_the_way_breaks_it_and_the_client_is_told)
{
    char *bytes, byte;
    meet(versions[_i]);
    ck_assert(shake_hands(BIG));
    SSL_write(client, "good", 4);
    SSL_write(client, "hello", 5);
    long size = BIO_get_mem_data(SSL_get_wbio(client), &bytes);
    bytes[size - 1] ^= 1;
    to_server(BIG);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    ck_assert_uint_eq(clear.size, 4); /* what was before it counts */
    ck_assert_uint_gt(wire.size, 0);
    ck_assert_int_eq(BIO_write(SSL_get_rbio(client), wire.data, (int)wire.size), (int)wire.size);
    ERR_clear_error();
    int read = SSL_read(client, &byte, 1);
    ck_assert_int_eq(SSL_get_error(client, read), SSL_ERROR_SSL);
    ERR_clear_error();
    check_broken();
}
END_TEST

START_TEST(a_flood_of_empty_records_or_changes_of_keys_has_an_end)
{
    meet(TLS1_3_VERSION);
    ck_assert(shake_hands(BIG));
    size_t said = 0;
    for (int i = 0; i < 1000 && result == TLS_GOES_ON; i++) {
        SSL_key_update(client, SSL_KEY_UPDATE_REQUESTED);
        SSL_do_handshake(client);
        to_server(BIG);
        said += wire.size;
        buffer_clear(&wire);
    }
    ck_assert_uint_le(said, 64 * 1000); /* no more than was sent for it */
    ck_assert_uint_eq(clear.size, 0);
}
END_TEST

/* Changes up to three bytes of what the client has said. */
static void change_bytes(unsigned *seed)
{
    char *bytes;
    long size = BIO_get_mem_data(SSL_get_wbio(client), &bytes);
    for (int i = rand_r(seed) % 4; i > 0 && size > 0; i--)
        bytes[rand_r(seed) % size] ^= (char)(1 << rand_r(seed) % 8);
}

START_TEST(whatever_is_changed_on_the_way_nothing_comes_that_was_not_said)
{
    for (unsigned round = 0; round < 200; round++) {
        unsigned seed = round;
        int changed = rand_r(&seed) % 4; /* this flight */
        meet(versions[_i]);
        for (int flight = 0; flight < 4 && result == TLS_GOES_ON; flight++) {
            if (SSL_do_handshake(client) == 1)
                SSL_write(client, "said", 4);
            if (flight == changed)
                change_bytes(&seed);
            to_server(1 + (size_t)(rand_r(&seed) % 100));
            to_client();
            ck_assert_msg(clear.size % 4 == 0, "round %u", round);
            for (size_t at = 0; at < clear.size; at += 4)
                ck_assert_mem_eq(clear.data + at, "said", 4);
        }
        tls_end(tls, &wire);
        ERR_clear_error();
    }
}
END_TEST

START_TEST(a_wire_that_is_too_small_is_no_success)
{
    char *text = pattern(BIG);
    struct buffer small;
    meet(TLS1_3_VERSION);
    ck_assert(shake_hands(BIG));
    buffer_init(&small, 1000);
    ck_assert(!tls_send(tls, text, BIG, &small));
    buffer_finish(&small);
    free(text);
}
END_TEST

/* ---- files ---- */

START_TEST(a_new_certificate_is_for_those_who_come_and_not_for_those_who_are_there)
{
    struct error error;
    meet(TLS1_3_VERSION);
    ck_assert(shake_hands(BIG));
    check_name("one");
    make_certificate("two", 2 * DAY);
    ck_assert(tls_context_reload(context, &error));
    ck_assert_int_ge(tls_context_expires_at(context), time(NULL) + 2 * DAY - 60);
    check_talk("hello", 5, BIG);
    meet(TLS1_3_VERSION);
    ck_assert(shake_hands(BIG));
    check_name("two");

    ck_assert_int_eq(truncate(key_file, 0), 0);
    ck_assert(!tls_context_reload(context, &error));
    meet(TLS1_3_VERSION);
    ck_assert(shake_hands(BIG));
    check_name("two");
}
END_TEST

START_TEST(an_expired_certificate_is_taken_but_doubted)
{
    struct error error;
    time_t now = time(NULL);
    ck_assert_ptr_null(tls_context_doubt(context, now + 60));
    ck_assert_str_eq(tls_context_doubt(context, now - DAY), "it is not valid yet");
    make_certificate("old", -DAY);
    ck_assert(tls_context_reload(context, &error));
    ck_assert_str_eq(tls_context_doubt(context, now), "it has expired");
}
END_TEST

static void check_refused(const char *certificate, const char *key, const char *setting, const char *file,
                          const char *why)
{
    struct error error;
    char start[128];
    snprintf(start, sizeof start, "%s %s: ", setting, file);
    ck_assert_ptr_null(tls_context_create(certificate, key, &error));
    ck_assert_msg(strncmp(error.text, start, strlen(start)) == 0 && strstr(error.text, why) != NULL, "%s",
                  error.text);
}

START_TEST(files_that_cannot_be_used_are_named_with_the_reason)
{
    check_refused("/nowhere/cert.pem", key_file, "TLS_CERT_FILE", "/nowhere/cert.pem", "No such file");
    check_refused(certificate_file, "/nowhere/key.pem", "TLS_KEY_FILE", "/nowhere/key.pem", "No such file");
    check_refused(folder, key_file, "TLS_CERT_FILE", folder, "it is no file");
    check_refused(key_file, key_file, "TLS_CERT_FILE", key_file, "no certificate can be read from it");
    check_refused(certificate_file, certificate_file, "TLS_KEY_FILE", certificate_file,
                  "no key can be read from it");
    if (getuid() != 0) {
        chmod(key_file, 0);
        check_refused(certificate_file, key_file, "TLS_KEY_FILE", key_file, "Permission denied");
        chmod(key_file, 0600);
    }
    EVP_PKEY *keys[] = {EVP_EC_gen("P-256"), EVP_RSA_gen(2048)};
    for (int i = 0; i < 2; i++) {
        write_key(other_file, keys[i], NULL);
        check_refused(certificate_file, other_file, "TLS_KEY_FILE", other_file,
                      "it is not the key of the certificate");
    }
    write_key(other_file, keys[0], EVP_aes_128_cbc());
    check_refused(certificate_file, other_file, "TLS_KEY_FILE", other_file, "it is locked by a pass phrase");
    EVP_PKEY_free(keys[0]);
    EVP_PKEY_free(keys[1]);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("tls");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, it_speaks_in_pieces_of_any_size, 0, 2);
    tcase_add_loop_test(cases, what_is_long_goes_through_in_one_call_and_comes_as_it_was, 0, 2);
    tcase_add_test(cases, no_older_version_is_spoken);
    tcase_add_test(cases, only_http_1_1_is_chosen_and_whoever_offers_others_alone_is_refused);
    tcase_add_loop_test(cases, a_client_comes_back_by_its_ticket, 0, 2);
    tcase_add_test(cases, keys_are_changed_on_the_way);
    tcase_add_test(cases, what_was_agreed_on_is_not_agreed_on_again);
    tcase_add_loop_test(cases, each_says_by_itself_that_it_has_ended, 0, 2);
    tcase_add_test(cases, nothing_is_said_at_the_end_of_what_has_not_begun);
    tcase_add_test(cases, what_is_no_tls_breaks_it);
    tcase_add_loop_test(cases, a_byte_changed_on_the_way_breaks_it_and_the_client_is_told, 0, 2);
    tcase_add_test(cases, a_flood_of_empty_records_or_changes_of_keys_has_an_end);
    tcase_add_loop_test(cases, whatever_is_changed_on_the_way_nothing_comes_that_was_not_said, 0, 2);
    tcase_add_test(cases, a_wire_that_is_too_small_is_no_success);
    tcase_add_test(cases, a_new_certificate_is_for_those_who_come_and_not_for_those_who_are_there);
    tcase_add_test(cases, an_expired_certificate_is_taken_but_doubted);
    tcase_add_test(cases, files_that_cannot_be_used_are_named_with_the_reason);
    Suite *suite = suite_create("tls");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
