/* Whose request it is: only what our own proxy wrote is believed, and of that only the last word. The source
 * is taken in whole, for its own parts are tried as well. */
#include "core/base/address.c"
#include "tests/unit/suite.h"

#include <check.h>

static struct proxies *proxies_of(const char *list)
{
    struct error error;
    struct proxies *proxies = proxies_create(list, &error);
    ck_assert_ptr_nonnull(proxies);
    return proxies;
}

static const char *client_of(const char *list, const char *peer, const char *forwarded)
{
    static char address[ADDRESS_SIZE];
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    bool is_ipv4 = inet_pton(AF_INET, peer, &ipv4.sin_addr) == 1;
    if (!is_ipv4)
        ck_assert_int_eq(inet_pton(AF_INET6, peer, &ipv6.sin6_addr), 1);
    struct proxies *proxies = proxies_of(list);
    address_of_client(proxies, is_ipv4 ? (struct sockaddr *)&ipv4 : (struct sockaddr *)&ipv6, forwarded,
                      address);
    proxies_destroy(&proxies);
    return address;
}

static const struct {
    const char *list, *peer, *forwarded, *client;
} cases[] = {
    {"127.0.0.1",            "127.0.0.1",        "",                                       "127.0.0.1"   },
    {"127.0.0.1",            "127.0.0.1",        "192.0.2.7",                              "192.0.2.7"   },
    {"127.0.0.1",            "127.0.0.1",        "6.6.6.6, 192.0.2.7",                     "192.0.2.7"   },
    {"127.0.0.1",            "127.0.0.1",        "192.0.2.7, junk",                        "127.0.0.1"   },
    {"127.0.0.1",            "127.0.0.1",        "",                                       "127.0.0.1"   },
    {"127.0.0.1",            "198.51.100.9",     "192.0.2.7",                              "198.51.100.9"},
    {"",                     "127.0.0.1",        "192.0.2.7",                              "127.0.0.1"   },
    {"10.0.0.0/8, ::1",      "10.200.3.4",       "2001:DB8::0:1",                          "2001:db8::1" },
    {"10.0.0.0/8, ::1",      "::1",              " 192.0.2.7 ",                            "192.0.2.7"   },
    {"10.0.0.0/8",           "11.0.0.1",         "192.0.2.7",                              "11.0.0.1"    },
    {"10.0.0.0/9",           "10.128.0.1",       "192.0.2.7",                              "10.128.0.1"  },
    {"127.0.0.1",            "::ffff:127.0.0.1", "192.0.2.7",                              "192.0.2.7"   },
    {"0.0.0.0/0",            "2001:db8::5",      "192.0.2.7",                              "2001:db8::5" },
    {"::/0",                 "2001:db8::5",      "::ffff:192.0.2.7",                       "192.0.2.7"   },
    {"10.0.0.0/8",           "10.0.0.1",         "6.6.6.6, 192.0.2.7, 10.0.0.9, 10.0.0.8", "192.0.2.7"   },
    {"10.0.0.0/8",           "10.0.0.1",         "10.0.0.7, 10.0.0.8",                     "10.0.0.7"    },
    {"10.0.0.0/8",           "10.0.0.1",         "192.0.2.7, unknown, 10.0.0.8",           "10.0.0.8"    },
    {"10.0.0.0/8",           "10.0.0.1",         "192.0.2.7:4711",                         "192.0.2.7"   },
    {"10.0.0.0/8",           "10.0.0.1",         "[2001:db8::7]:4711",                     "2001:db8::7" },
    {"10.0.0.0/8",           "10.0.0.1",         "[2001:db8::7]",                          "2001:db8::7" },
    {"10.0.0.0/8",           "10.0.0.1",         "[2001:db8::7]4711",                      "10.0.0.1"    },
    {"10.0.0.0/8",           "10.0.0.1",         "[2001:db8::7",                           "10.0.0.1"    },
    {"10.0.0.0/8",           "10.0.0.1",         "fe80::1%eth0",                           "10.0.0.1"    },
    {"10.0.0.0/8",           "10.0.0.1",         ",,",                                     "10.0.0.1"    },
    {"10.0.0.0/8",           "10.0.0.1",         "192.0.2.7,",                             "10.0.0.1"    },
    {"fd00::/8, 10.0.0.0/8", "fd00::1",          "2001:db8::9, 10.1.1.1, fd12::3",         "2001:db8::9" },
};

START_TEST(the_client_is_whom_our_proxy_names)
{
    ck_assert_str_eq(client_of(cases[_i].list, cases[_i].peer, cases[_i].forwarded), cases[_i].client);
}
END_TEST

static const char *const bad_lists[] = {"nonsense",  "10.0.0.0/33", "::1/129",
                                        "10.0.0.0/", "10.0.0.0/-1", "1.2.3.4 5.6.7.8",
                                        ",",         "1,2,3",       "10.0.0.0/8x"};

START_TEST(a_malformed_list_is_refused)
{
    struct error error = {0};
    ck_assert_ptr_null(proxies_create(bad_lists[_i], &error));
    ck_assert_ptr_nonnull(strstr(error.text, "TRUSTED_PROXIES"));
}
END_TEST

static const struct {
    const char *address, *neighbourhood;
} neighbours[] = {
    {"192.0.2.7",            "192.0.2.7"     },
    {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
    {"::1",                  "::"            },
};

START_TEST(an_ipv6_address_counts_with_its_network)
{
    char address[ADDRESS_SIZE] = "", neighbourhood[ADDRESS_SIZE];
    snprintf(address, sizeof address, "%s", neighbours[_i].address);
    address_neighbourhood(address, neighbourhood);
    ck_assert_str_eq(neighbourhood, neighbours[_i].neighbourhood);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("address");
    tcase_add_loop_test(tests, the_client_is_whom_our_proxy_names, 0, sizeof cases / sizeof cases[0]);
    tcase_add_loop_test(tests, a_malformed_list_is_refused, 0, sizeof bad_lists / sizeof bad_lists[0]);
    tcase_add_loop_test(tests, an_ipv6_address_counts_with_its_network, 0,
                        sizeof neighbours / sizeof neighbours[0]);
    Suite *suite = suite_create("address");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
