/*
 * limit: the floors of a storage SCP on this machine. It speaks just enough DICOM to answer C-STORE, trusts its peer, accepts every
 * context and names files by SOP Instance UID; it is a measure, not a product.
 *
 * limit -m mode -p port -d folder
 *   file    the data set goes to a file behind group 2, slices of the receive buffer in one write
 *   fsync   file, and fdatasync before the response
 *   commit  fsync of a .part, rename, fsync of the folder: durable before the response, without a database
 *   log     appended to a preallocated segment; one fdatasync answers all that wait
 */
#include "wire.h"
#include <fcntl.h>

enum { BUFFER = 1 << 20, SLICES = 1024, MAX_ANNOUNCED = 262144, MAX_WINDOW = 16 };
enum mode { TO_FILE, TO_FSYNC, TO_COMMIT, TO_LOG };

struct answer {
    struct answer *next;
    int socket;
    size_t length;
    uint8_t bytes[256];
};

struct association {
    int socket, over, file, slices;
    uint8_t *buffer;
    size_t head, tail;
    uint32_t pdu_left, fragment_left;
    uint8_t context, flags;
    char syntax[256][UID + 1], class[UID + 1], instance[UID + 1];
    uint16_t message;
    uint8_t command[1024], group2[512];
    size_t command_length;
    struct iovec slice[SLICES];
};

static enum mode mode;
static const char *folder = ".";
static int folder_file, segment;

/* The log: a ring of written blocks, so that fdatasync has no new blocks to record. Each append takes its place, then writes there. */
static const off_t segment_bytes = 512l << 20;
static off_t segment_tail;
static struct answer *waiting;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t awaited = PTHREAD_COND_INITIALIZER;

static void open_segment(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/segment", folder);
    segment = open(path, O_CREAT | O_RDWR | O_TRUNC, 0644);
    uint8_t *zeros = calloc(1, BUFFER);
    for (off_t at = 0; at < segment_bytes; at += BUFFER)
        if (pwrite(segment, zeros, BUFFER, at) != BUFFER)
            die(path);
    if (fsync(segment))
        die(path);
    free(zeros);
}

static void append(const struct iovec *slices, int count)
{
    off_t length = 0;
    for (int i = 0; i < count; i++)
        length += (off_t)slices[i].iov_len;
    pthread_mutex_lock(&lock);
    if (segment_tail + length > segment_bytes)
        segment_tail = 0;
    off_t at = segment_tail;
    segment_tail += length;
    pthread_mutex_unlock(&lock);
    if (pwritev(segment, slices, count, at) != length)
        die("segment");
}

static void *commit_groups(void *unused)
{
    for (;;) {
        pthread_mutex_lock(&lock);
        while (!waiting)
            pthread_cond_wait(&awaited, &lock);
        struct answer *group = waiting;
        waiting = NULL;
        pthread_mutex_unlock(&lock);
        if (fdatasync(segment))
            die("segment");
        while (group) {
            struct answer *next = group->next;
            write_bytes(group->socket, group->bytes, group->length);
            free(group);
            group = next;
        }
    }
    return unused;
}

static void flush(struct association *a)
{
    if (a->slices > 0 && mode == TO_LOG)
        append(a->slice, a->slices);
    else if (a->slices > 0 && write_all(a->file, a->slice, a->slices))
        die("file");
    a->slices = 0;
}

static void keep(struct association *a, void *bytes, size_t n)
{
    if (a->slices == SLICES)
        flush(a);
    a->slice[a->slices++] = (struct iovec){bytes, n};
}

static size_t put_meta(uint8_t *to, uint8_t element, const char *uid)
{
    size_t n = strlen(uid), even = (n + 1) & ~(size_t)1;
    memcpy(to, (uint8_t[]){2, 0, element, 0, 'U', 'I', (uint8_t)even, 0}, 8);
    to[8 + even - 1] = 0;
    memcpy(to + 8, uid, n);
    return even + 8;
}

/* Preamble, prefix and group 2 (PS3.10 section 7.1) are the first slice of the file. */
static void begin(struct association *a)
{
    uint8_t *m = a->group2;
    size_t n = 158;
    memset(m, 0, n);
    memcpy(m + 128, "DICM\2\0\0\0UL\4\0", 12);
    memcpy(m + 144, "\2\0\1\0OB\0\0\2\0\0\0\0\1", 14);
    n += put_meta(m + n, 0x02, a->class);
    n += put_meta(m + n, 0x03, a->instance);
    n += put_meta(m + n, 0x10, a->syntax[a->context]);
    n += put_meta(m + n, 0x12, "2.25.99");
    m[140] = (uint8_t)(n - 144);
    m[141] = (uint8_t)((n - 144) >> 8);
    if (mode != TO_LOG) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s%s", folder, a->instance, mode == TO_COMMIT ? ".part" : "");
        a->file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
        if (a->file < 0)
            die(path);
    }
    keep(a, m, n);
}

static void make_answer(const struct association *a, struct answer *answer)
{
    uint8_t *command = answer->bytes + FRAGMENT_HEAD;
    size_t n = 12;
    n += put_uid(command + n, CLASS_UID, a->class);
    n += put_number(command + n, COMMAND_FIELD, 0x8001);
    n += put_number(command + n, ANSWERED_ID, a->message);
    n += put_number(command + n, DATA_SET_TYPE, 0x0101);
    n += put_number(command + n, STATUS, 0);
    n += put_uid(command + n, INSTANCE_UID, a->instance);
    put_group_length(command, n);
    put_fragment(answer->bytes, a->context, OF_COMMAND | LAST, n);
    answer->length = n + FRAGMENT_HEAD;
    answer->socket = a->socket;
}

static void publish(struct association *a)
{
    char part[4096], whole[4096];
    if (mode != TO_FILE && fdatasync(a->file))
        die("fdatasync");
    close(a->file);
    if (mode != TO_COMMIT)
        return;
    snprintf(part, sizeof part, "%s/%s.part", folder, a->instance);
    snprintf(whole, sizeof whole, "%s/%s", folder, a->instance);
    if (rename(part, whole) || fsync(folder_file))
        die(whole);
}

static void finish(struct association *a)
{
    flush(a);
    if (mode != TO_LOG) {
        struct answer answer;
        publish(a);
        make_answer(a, &answer);
        a->over = write_bytes(a->socket, answer.bytes, answer.length);
        return;
    }
    struct answer *answer = malloc(sizeof *answer);
    make_answer(a, answer);
    pthread_mutex_lock(&lock);
    answer->next = waiting;
    waiting = answer;
    pthread_cond_signal(&awaited);
    pthread_mutex_unlock(&lock);
}

static void read_command(struct association *a)
{
    const uint8_t *end = a->command + a->command_length;
    for (const uint8_t *e = a->command; e + 8 <= end; e += 8 + le32(e + 4))
        switch (le16(e + 2)) {
        case CLASS_UID: copy_uid(a->class, e + 8, le32(e + 4)); break;
        case INSTANCE_UID: copy_uid(a->instance, e + 8, le32(e + 4)); break;
        case MESSAGE_ID: a->message = le16(e + 8); break;
        }
    a->command_length = 0;
    begin(a);
}

/* Accepts every context with its first transfer syntax, and a window of at most 16. */
static void associate(struct association *a, const uint8_t *body, uint32_t n)
{
    uint8_t pdu[16384], *p = pdu + HEAD, number[4];
    memcpy(p, body, NAMES);
    p += NAMES;
    p += put_item(p, APPLICATION_CONTEXT, "1.2.840.10008.3.1.1.1", 21);
    int asked = 0;
    for (const uint8_t *item = body + NAMES; item + 4 <= body + n; item += 4 + be16(item + 2)) {
        const uint8_t *end = item + 4 + be16(item + 2);
        char *syntax = a->syntax[item[4]];
        if (item[0] == CONTEXT_RQ) {
            *syntax = 0;
            for (const uint8_t *sub = item + 8; sub + 4 <= end; sub += 4 + be16(sub + 2))
                if (sub[0] == TRANSFER_SYNTAX && !*syntax)
                    copy_uid(syntax, sub + 4, be16(sub + 2));
            uint8_t context[80] = {item[4]};
            p += put_item(p, CONTEXT_AC, context, 4 + put_item(context + 4, TRANSFER_SYNTAX, syntax, strlen(syntax)));
        }
        if (item[0] == USER_INFORMATION)
            for (const uint8_t *sub = item + 4; sub + 4 <= end; sub += 4 + be16(sub + 2))
                if (sub[0] == OPERATIONS_WINDOW)
                    asked = be16(sub + 4);
    }
    uint8_t user[64];
    put32(number, MAX_ANNOUNCED);
    size_t length = put_item(user, MAXIMUM_LENGTH, number, 4);
    length += put_item(user + length, IMPLEMENTATION, "2.25.99", 7);
    if (asked) {
        put32(number, (uint32_t)(asked < MAX_WINDOW ? asked : MAX_WINDOW) << 16 | 1);
        length += put_item(user + length, OPERATIONS_WINDOW, number, 4);
    }
    p += put_item(p, USER_INFORMATION, user, length);
    put_pdu(pdu, ASSOCIATE_AC, (size_t)(p - pdu) - HEAD);
    a->over = write_bytes(a->socket, pdu, (size_t)(p - pdu));
}

/* What is left of the fragment under way, as far as it is here. */
static void take_fragment(struct association *a)
{
    size_t n = a->tail - a->head < a->fragment_left ? a->tail - a->head : a->fragment_left;
    if (!(a->flags & OF_COMMAND)) {
        keep(a, a->buffer + a->head, n);
    } else if (a->command_length + n <= sizeof a->command) {
        memcpy(a->command + a->command_length, a->buffer + a->head, n);
        a->command_length += n;
    }
    a->head += n;
    a->pdu_left -= (uint32_t)n;
    a->fragment_left -= (uint32_t)n;
    if (a->fragment_left == 0 && a->flags & LAST)
        a->flags & OF_COMMAND ? read_command(a) : finish(a);
}

static void take_control(struct association *a, uint8_t *pdu, uint32_t n)
{
    if (pdu[0] == ASSOCIATE_RQ) {
        associate(a, pdu + HEAD, n);
    } else if (pdu[0] == RELEASE_RQ) {
        uint8_t release[10] = {0};
        put_pdu(release, RELEASE_RP, 4);
        write_bytes(a->socket, release, sizeof release);
    } else {
        a->over = 1;
    }
}

/* The next piece of what was received; 0 when more has to come first. */
static int take(struct association *a)
{
    uint8_t *at = a->buffer + a->head;
    size_t here = a->tail - a->head;
    if (a->over || here == 0)
        return 0;
    if (a->fragment_left > 0)
        return take_fragment(a), 1;
    if (here < HEAD)
        return 0;
    if (a->pdu_left > 0) {
        a->fragment_left = be32(at) - 2;
        a->context = at[4];
        a->flags = at[5];
        a->pdu_left -= HEAD;
        a->head += HEAD;
        return 1;
    }
    uint32_t n = be32(at + 2);
    if (at[0] == P_DATA) {
        a->pdu_left = n;
        a->head += HEAD;
        return 1;
    }
    if (here < HEAD + n)
        return 0;
    a->head += HEAD + n;
    return take_control(a, at, n), 1;
}

/* Only what is left of a head or of a control PDU is ever moved. */
static int receive_more(struct association *a)
{
    memmove(a->buffer, a->buffer + a->head, a->tail - a->head);
    a->tail -= a->head;
    a->head = 0;
    ssize_t n = recv(a->socket, a->buffer + a->tail, BUFFER - a->tail, 0);
    a->tail += n > 0 ? (size_t)n : 0;
    return n > 0;
}

static void *serve(void *argument)
{
    struct association *a = argument;
    no_delay(a->socket);
    a->buffer = malloc(BUFFER);
    while (!a->over && receive_more(a)) {
        while (take(a))
            ;
        flush(a);
    }
    close(a->socket);
    free(a->buffer);
    free(a);
    return NULL;
}

int main(int count, char **words)
{
    static const char *const names[] = {"file", "fsync", "commit", "log"};
    int port = 0;
    for (int option; (option = getopt(count, words, "m:p:d:")) != -1;)
        switch (option) {
        case 'm':
            while (mode <= TO_LOG && strcmp(names[mode], optarg))
                mode++;
            break;
        case 'p': port = atoi(optarg); break;
        case 'd': folder = optarg; break;
        default: return 2;
        }
    if (mode > TO_LOG || port == 0)
        return fprintf(stderr, "limit -m file|fsync|commit|log -p port -d folder\n"), 2;
    folder_file = open(folder, O_RDONLY | O_DIRECTORY);
    pthread_t thread;
    if (mode == TO_LOG) {
        open_segment();
        pthread_create(&thread, NULL, commit_groups, NULL);
    }
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in here = loopback(port);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 64))
        die("listen");
    for (;;) {
        struct association *a = calloc(1, sizeof *a);
        a->socket = accept(listener, NULL, NULL);
        if (a->socket < 0 || pthread_create(&thread, NULL, serve, a))
            die("accept");
        pthread_detach(thread);
    }
}
