/* All addresses are held as IPv6, the IPv4 ones in their mapped form, so that there is one comparison. */
#include "core/base/address.h"

#include "core/base/alloc.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROXIES_MAX 16
#define HOPS_MAX    16

struct network {
    struct in6_addr address;
    int bits;
};

struct proxies {
    int count;
    struct network list[PROXIES_MAX];
};

static void map_ipv4(struct in_addr ipv4, struct in6_addr *out)
{
    memset(out, 0, sizeof *out);
    out->s6_addr[10] = out->s6_addr[11] = 0xff;
    memcpy(&out->s6_addr[12], &ipv4, sizeof ipv4);
}

static bool parse_address(const char *text, struct in6_addr *out, bool *is_ipv4)
{
    struct in_addr ipv4;
    *is_ipv4 = inet_pton(AF_INET, text, &ipv4) == 1;
    if (*is_ipv4)
        map_ipv4(ipv4, out);
    return *is_ipv4 || inet_pton(AF_INET6, text, out) == 1;
}

/* Copies text without the blanks around it; false when it does not fit. */
static bool copy_trimmed(const char *text, size_t size, char *out, size_t room)
{
    while (size > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        size--;
    }
    while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t'))
        size--;
    if (size >= room)
        return false;
    memcpy(out, text, size);
    out[size] = '\0';
    return true;
}

static bool parse_network(const char *text, size_t size, struct network *out)
{
    char copy[64];
    if (!copy_trimmed(text, size, copy, sizeof copy))
        return false;
    char *slash = strchr(copy, '/');
    if (slash != NULL)
        *slash = '\0';
    bool is_ipv4;
    if (!parse_address(copy, &out->address, &is_ipv4))
        return false;
    int most = is_ipv4 ? 32 : 128;
    long bits = most;
    if (slash != NULL) {
        char *end;
        bits = strtol(slash + 1, &end, 10);
        if (end == slash + 1 || *end != '\0' || bits < 0 || bits > most)
            return false;
    }
    out->bits = (int)bits + (128 - most);
    return true;
}

struct proxies *proxies_create(const char *list, struct error *error)
{
    struct proxies *proxies = xcalloc(1, sizeof *proxies);
    while (*list != '\0') {
        size_t size = strcspn(list, ",");
        if (proxies->count == PROXIES_MAX || !parse_network(list, size, &proxies->list[proxies->count])) {
            error_set(
                error,
                "TRUSTED_PROXIES: want at most %d addresses or networks with commas between, as 10.0.0.0/8",
                PROXIES_MAX);
            free(proxies);
            return NULL;
        }
        proxies->count++;
        list += size;
        list += *list == ',';
    }
    return proxies;
}

void proxies_destroy(struct proxies **proxies)
{
    free(*proxies);
    *proxies = NULL;
}

static bool network_has(const struct network *network, const struct in6_addr *address)
{
    int whole = network->bits / 8, rest = network->bits % 8;
    if (memcmp(network->address.s6_addr, address->s6_addr, (size_t)whole) != 0)
        return false;
    if (rest == 0)
        return true;
    int differing = network->address.s6_addr[whole] ^ address->s6_addr[whole];
    return (differing >> (8 - rest)) == 0;
}

static bool is_proxy(const struct proxies *proxies, const struct in6_addr *address)
{
    for (int i = 0; i < proxies->count; i++)
        if (network_has(&proxies->list[i], address))
            return true;
    return false;
}

static struct in6_addr read_peer(const struct sockaddr *peer)
{
    struct in6_addr address = in6addr_any;
    if (peer->sa_family == AF_INET)
        map_ipv4(((const struct sockaddr_in *)peer)->sin_addr, &address);
    else if (peer->sa_family == AF_INET6)
        address = ((const struct sockaddr_in6 *)peer)->sin6_addr;
    return address;
}

bool proxies_have(const struct proxies *proxies, const struct sockaddr *peer)
{
    struct in6_addr address = read_peer(peer);
    return is_proxy(proxies, &address);
}

/* Some proxies name the port as well: 192.0.2.1:1234, [2001:db8::1]:1234. Cuts down to the address. */
static char *without_port(char *text)
{
    if (text[0] == '[') {
        char *end = strchr(text, ']');
        if (end == NULL || (end[1] != '\0' && end[1] != ':'))
            return text;
        *end = '\0';
        return text + 1;
    }
    char *colon = strchr(text, ':');
    if (colon != NULL && strchr(colon + 1, ':') == NULL)
        *colon = '\0';
    return text;
}

/* `*out` stays as it was when the text is no address. */
static bool parse_hop(const char *text, size_t size, struct in6_addr *out)
{
    char copy[ADDRESS_SIZE + sizeof "[]:65535"];
    bool is_ipv4;
    struct in6_addr address;
    if (!copy_trimmed(text, size, copy, sizeof copy) ||
        !parse_address(without_port(copy), &address, &is_ipv4))
        return false;
    *out = address;
    return true;
}

/* Each proxy has added whom it saw: from the right, the first who is no proxy of ours is the client. What
 * cannot be read ends the walk, and so does the left end. */
static void walk_back(const struct proxies *proxies, const char *forwarded, struct in6_addr *client)
{
    size_t end = strlen(forwarded);
    for (int hops = 0; end > 0 && hops < HOPS_MAX && is_proxy(proxies, client); hops++) {
        size_t begin = end;
        while (begin > 0 && forwarded[begin - 1] != ',')
            begin--;
        if (!parse_hop(forwarded + begin, end - begin, client))
            return;
        end = begin > 0 ? begin - 1 : 0;
    }
}

static void write_address(const struct in6_addr *address, char out[ADDRESS_SIZE])
{
    bool mapped = IN6_IS_ADDR_V4MAPPED(address);
    inet_ntop(mapped ? AF_INET : AF_INET6, mapped ? (const void *)&address->s6_addr[12] : address, out,
              ADDRESS_SIZE);
}

void address_of_client(const struct proxies *proxies, const struct sockaddr *peer, const char *forwarded,
                       char address[ADDRESS_SIZE])
{
    struct in6_addr client = read_peer(peer);
    walk_back(proxies, forwarded, &client);
    write_address(&client, address);
}

void address_of_peer(const struct sockaddr *peer, char address[ADDRESS_SIZE])
{
    struct in6_addr client = read_peer(peer);
    write_address(&client, address);
}

void address_neighbourhood(const char address[ADDRESS_SIZE], char neighbourhood[ADDRESS_SIZE])
{
    struct in6_addr ipv6;
    memcpy(neighbourhood, address, ADDRESS_SIZE);
    if (inet_pton(AF_INET6, address, &ipv6) != 1)
        return;
    memset(&ipv6.s6_addr[8], 0, 8);
    inet_ntop(AF_INET6, &ipv6, neighbourhood, ADDRESS_SIZE);
}
