/* What the sender and the floors share of the DICOM wire (PS3.8, PS3.7): numbers, items, elements, whole writes. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum pdu { ASSOCIATE_RQ = 1, ASSOCIATE_AC = 2, P_DATA = 4, RELEASE_RQ = 5, RELEASE_RP = 6 };
enum item {
    APPLICATION_CONTEXT = 0x10, CONTEXT_RQ = 0x20, CONTEXT_AC = 0x21, ABSTRACT_SYNTAX = 0x30, TRANSFER_SYNTAX = 0x40,
    USER_INFORMATION = 0x50, MAXIMUM_LENGTH = 0x51, IMPLEMENTATION = 0x52, OPERATIONS_WINDOW = 0x53
};
enum element {
    CLASS_UID = 0x0002, COMMAND_FIELD = 0x0100, MESSAGE_ID = 0x0110, ANSWERED_ID = 0x0120, PRIORITY = 0x0700,
    DATA_SET_TYPE = 0x0800, STATUS = 0x0900, INSTANCE_UID = 0x1000
};
enum { OF_COMMAND = 1, LAST = 2, HEAD = 6, FRAGMENT_HEAD = 12, NAMES = 68, UID = 64 };

static inline void die(const char *what)
{
    perror(what);
    exit(2);
}

static inline uint16_t be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static inline uint32_t be32(const uint8_t *p) { return (uint32_t)be16(p) << 16 | be16(p + 2); }
static inline uint16_t le16(const uint8_t *p) { return (uint16_t)(p[1] << 8 | p[0]); }
static inline uint32_t le32(const uint8_t *p) { return (uint32_t)le16(p + 2) << 16 | le16(p); }

static inline void put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
    put16(p, (uint16_t)(v >> 16));
    put16(p + 2, (uint16_t)v);
}

/* Head of a PDU; its body has n bytes. */
static inline void put_pdu(uint8_t *to, enum pdu type, size_t n)
{
    to[0] = (uint8_t)type;
    to[1] = 0;
    put32(to + 2, (uint32_t)n);
}

/* Heads of a P-DATA-TF PDU with one fragment of n bytes. */
static inline void put_fragment(uint8_t *to, uint8_t context, int flags, size_t n)
{
    put_pdu(to, P_DATA, n + 6);
    put32(to + 6, (uint32_t)n + 2);
    to[10] = context;
    to[11] = (uint8_t)flags;
}

static inline size_t put_item(uint8_t *to, enum item type, const void *value, size_t n)
{
    to[0] = (uint8_t)type;
    to[1] = 0;
    put16(to + 2, (uint16_t)n);
    memmove(to + 4, value, n);
    return n + 4;
}

/* An element of a command set: implicit VR little endian, group 0000, padded to even length with a zero. */
static inline size_t put_element(uint8_t *to, enum element element, const void *value, size_t n)
{
    size_t even = (n + 1) & ~(size_t)1;
    uint8_t head[8] = {0, 0, (uint8_t)element, (uint8_t)(element >> 8), (uint8_t)even, (uint8_t)(even >> 8)};
    memcpy(to, head, 8);
    to[8 + even - 1] = 0;
    memcpy(to + 8, value, n);
    return even + 8;
}

static inline size_t put_number(uint8_t *to, enum element element, uint16_t v)
{
    return put_element(to, element, (uint8_t[]){(uint8_t)v, (uint8_t)(v >> 8)}, 2);
}

static inline size_t put_uid(uint8_t *to, enum element element, const char *uid)
{
    return put_element(to, element, uid, strlen(uid));
}

/* Command Group Length goes in front: 12 bytes at the beginning of a command set of n bytes. */
static inline void put_group_length(uint8_t *command, size_t n)
{
    uint32_t rest = (uint32_t)n - 12;
    put_element(command, 0, (uint8_t[]){(uint8_t)rest, (uint8_t)(rest >> 8), 0, 0}, 4);
}

/* A UID without its padding. */
static inline void copy_uid(char *to, const uint8_t *from, size_t n)
{
    if (n > UID)
        n = UID;
    while (n > 0 && (from[n - 1] == 0 || from[n - 1] == ' '))
        n--;
    memcpy(to, from, n);
    to[n] = 0;
}

/* Writes all parts; changes them. 0, or -1 when the other side is gone. */
static inline int write_all(int file, struct iovec *parts, int count)
{
    while (count > 0) {
        ssize_t n = writev(file, parts, count < 1024 ? count : 1024);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        for (; count > 0 && (size_t)n >= parts->iov_len; parts++, count--)
            n -= (ssize_t)parts->iov_len;
        if (count > 0) {
            parts->iov_base = (uint8_t *)parts->iov_base + n;
            parts->iov_len -= (size_t)n;
        }
    }
    return 0;
}

static inline int write_bytes(int file, const void *bytes, size_t n)
{
    return write_all(file, &(struct iovec){(void *)bytes, n}, 1);
}

static inline struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static inline void no_delay(int socket)
{
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}
