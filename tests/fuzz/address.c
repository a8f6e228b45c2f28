/* X-Forwarded-For (the first line) as heard from a proxy, and the list of proxies (the second). Whatever they
 * say, the result is an address in its one form. Its source is taken in whole, for its own parts are tried as
 * well. */
#include "core/base/address.c"

#include "tests/fuzz/fuzz.h"

/* The address in the form that inet_ntop gives it. */
static void check_address(const char address[ADDRESS_SIZE])
{
    struct in6_addr ipv6;
    bool is_ipv4;
    char again[ADDRESS_SIZE];
    REQUIRE(parse_address(address, &ipv6, &is_ipv4));
    inet_ntop(is_ipv4 ? AF_INET : AF_INET6, is_ipv4 ? (const void *)&ipv6.s6_addr[12] : &ipv6, again,
              sizeof again);
    REQUIRE(strcmp(address, again) == 0);
}

static void check_client(const char *list, const char *forwarded)
{
    static const struct sockaddr_in peer = {.sin_family = AF_INET, .sin_addr = {0x0100007f}};
    struct error error;
    struct proxies *proxies = proxies_create(list, &error);
    if (proxies == NULL)
        return;
    char address[ADDRESS_SIZE], near[ADDRESS_SIZE], nearer[ADDRESS_SIZE];
    address_of_client(proxies, (const struct sockaddr *)&peer, forwarded, address);
    check_address(address);
    address_neighbourhood(address, near);
    check_address(near);
    address_neighbourhood(near, nearer);
    REQUIRE(strcmp(near, nearer) == 0);
    proxies_destroy(&proxies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size);
    char *list = strchr(text, '\n');
    if (list != NULL)
        *list++ = '\0';
    check_client("127.0.0.0/8,::1", text);
    if (list != NULL)
        check_client(list, text);
    free(text);
    return 0;
}
