/*
 * fastsend: a C-STORE SCU that is never the bottleneck. The data sets lie in memory, an instance leaves in one gathered write, and each
 * has a SOP Instance UID that nobody has seen, in the command and in the data set alike.
 *
 * fastsend -p port -c calledAE -a associations -n instances -w window files...
 *
 * Prints one JSON object. The clock runs from before the connect, because some receivers serve one association after the other; the
 * latency of an instance runs from the start of its write to its response.
 */
#include "wire.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

enum { MAX_PDU = 1 << 20, MAX_WINDOW = 256, MAX_PARTS = 8192 };

struct data_set {
    uint8_t *bytes;
    size_t length, uid_at, uid_length;
    char class[UID + 1], syntax[UID + 1];
    uint8_t context;
};

struct association {
    pthread_t thread;
    int number, socket, window, outstanding;
    uint32_t max_pdu;
    uint8_t answers[65536];
    size_t have;
    double sent_at[MAX_WINDOW], *latency, started, ended;
    long answered, failed;
    uint64_t bytes;
};

static struct data_set *sets;
static int set_count, port, associations = 1, instances = 1, window = 1;
static const char *called = "ANY";
static uint64_t first_uid;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Reads a DICOM file (PS3.10) and finds its SOP Instance UID within the data set. */
static void load(const char *path, struct data_set *set)
{
    int file = open(path, O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status))
        die(path);
    size_t size = (size_t)status.st_size, done = 0;
    uint8_t *b = malloc(size);
    for (ssize_t n; done < size && (n = read(file, b + done, size - done)) > 0;)
        done += (size_t)n;
    close(file);
    char instance[UID + 1] = "";
    size_t end = 144 + le32(b + 140);
    for (size_t at = 144; at < end;) {
        int is_long = !memcmp(b + at + 4, "OB", 2);
        size_t head = is_long ? 12 : 8, n = is_long ? le32(b + at + 8) : le16(b + at + 6);
        char *uid = le16(b + at + 2) == 2 ? set->class : le16(b + at + 2) == 3 ? instance : le16(b + at + 2) == 0x10 ? set->syntax : NULL;
        if (uid)
            copy_uid(uid, b + at + head, n);
        at += head + n;
    }
    set->bytes = b + end;
    set->length = size - end;
    set->uid_length = strlen(instance);
    uint8_t *uid = memmem(set->bytes, set->length < 4096 ? set->length : 4096, instance, set->uid_length);
    if (done < size || set->uid_length < 26 || !uid) {
        fprintf(stderr, "%s: no SOP Instance UID of 26 characters or more near its beginning\n", path);
        exit(2);
    }
    set->uid_at = (size_t)(uid - set->bytes);
    int same = 0;
    while (strcmp(sets[same].class, set->class) || strcmp(sets[same].syntax, set->syntax))
        same++;
    set->context = (uint8_t)(2 * same + 1);
}

static void receive(struct association *a, size_t at_least)
{
    while (a->have < at_least) {
        ssize_t n = recv(a->socket, a->answers + a->have, sizeof a->answers - a->have, 0);
        if (n <= 0) {
            fprintf(stderr, "the receiver closed the connection after %ld responses\n", a->answered);
            exit(2);
        }
        a->have += (size_t)n;
    }
}

/* One whole PDU, at the beginning of the answers until it is dropped; the length of its body. */
static uint32_t receive_pdu(struct association *a, enum pdu expected)
{
    receive(a, HEAD);
    uint32_t n = be32(a->answers + 2);
    if (a->answers[0] != expected || n > sizeof a->answers - HEAD) {
        fprintf(stderr, "the receiver answered with PDU %d where %d was due\n", a->answers[0], expected);
        exit(2);
    }
    receive(a, HEAD + n);
    return n;
}

static void drop_pdu(struct association *a, uint32_t body)
{
    a->have -= HEAD + body;
    memmove(a->answers, a->answers + HEAD + body, a->have);
}

static void request(struct association *a)
{
    uint8_t pdu[65536] = {0}, *p = pdu + HEAD;
    put16(p, 1);
    memset(p + 4, ' ', 32);
    memcpy(p + 4, called, strlen(called));
    memcpy(p + 20, "FASTSEND", 8);
    p += NAMES;
    p += put_item(p, APPLICATION_CONTEXT, "1.2.840.10008.3.1.1.1", 21);
    for (int i = 0; i < set_count; i++) {
        if (sets[i].context != 2 * i + 1)
            continue;
        uint8_t context[256] = {sets[i].context};
        size_t n = 4;
        n += put_item(context + n, ABSTRACT_SYNTAX, sets[i].class, strlen(sets[i].class));
        n += put_item(context + n, TRANSFER_SYNTAX, sets[i].syntax, strlen(sets[i].syntax));
        p += put_item(p, CONTEXT_RQ, context, n);
    }
    uint8_t user[128], number[4];
    put32(number, 65536);
    size_t n = put_item(user, MAXIMUM_LENGTH, number, 4);
    n += put_item(user + n, IMPLEMENTATION, "2.25.1234567890", 15);
    if (window > 1) {
        put32(number, (uint32_t)window << 16 | 1);
        n += put_item(user + n, OPERATIONS_WINDOW, number, 4);
    }
    p += put_item(p, USER_INFORMATION, user, n);
    put_pdu(pdu, ASSOCIATE_RQ, (size_t)(p - pdu) - HEAD);
    if (write_bytes(a->socket, pdu, (size_t)(p - pdu)))
        die("association request");
}

/* Contexts taken, longest PDU and window out of the answer. */
static void negotiate(struct association *a)
{
    request(a);
    uint32_t body = receive_pdu(a, ASSOCIATE_AC);
    const uint8_t *end = a->answers + HEAD + body;
    for (const uint8_t *item = a->answers + HEAD + NAMES; item + 4 <= end; item += 4 + be16(item + 2)) {
        if (item[0] == CONTEXT_AC && item[6]) {
            fprintf(stderr, "the receiver refused presentation context %d with result %d\n", item[4], item[6]);
            exit(2);
        }
        if (item[0] == USER_INFORMATION)
            for (const uint8_t *sub = item + 4; sub + 4 <= item + 4 + be16(item + 2); sub += 4 + be16(sub + 2)) {
                if (sub[0] == MAXIMUM_LENGTH)
                    a->max_pdu = be32(sub + 4);
                if (sub[0] == OPERATIONS_WINDOW)
                    a->window = be16(sub + 4);
            }
    }
    if (a->max_pdu == 0 || a->max_pdu > MAX_PDU)
        a->max_pdu = MAX_PDU;
    if (a->window < 1 || a->window > window)
        a->window = window;
    drop_pdu(a, body);
}

/* "2.25.", a one, zeros, and a number that was never used. */
static void make_uid(char *uid, size_t length, uint64_t number)
{
    char text[UID + 1];
    snprintf(text, sizeof text, "%0*llu", (int)(length - 6), (unsigned long long)number);
    snprintf(uid, UID + 1, "2.25.1%.*s", (int)(length - 6), text);
}

static size_t make_command(uint8_t *to, const struct data_set *set, uint16_t message, const char *uid)
{
    uint8_t *command = to + FRAGMENT_HEAD;
    size_t n = 12;
    n += put_uid(command + n, CLASS_UID, set->class);
    n += put_number(command + n, COMMAND_FIELD, 0x0001);
    n += put_number(command + n, MESSAGE_ID, message);
    n += put_number(command + n, PRIORITY, 0);
    n += put_number(command + n, DATA_SET_TYPE, 0x0001);
    n += put_uid(command + n, INSTANCE_UID, uid);
    put_group_length(command, n);
    put_fragment(to, set->context, OF_COMMAND | LAST, n);
    return n + FRAGMENT_HEAD;
}

/* Command and data set in one gathered write. What is before the end of the UID is a copy of this association's own. */
static void send_instance(struct association *a, const struct data_set *set, uint16_t message, uint64_t number)
{
    static _Thread_local uint8_t heads[MAX_PARTS / 2][FRAGMENT_HEAD], command[512], start[4096 + UID];
    static _Thread_local struct iovec parts[MAX_PARTS];
    char uid[UID + 1];
    make_uid(uid, set->uid_length, number);
    size_t own = set->uid_at + set->uid_length, chunk = (a->max_pdu - 6) & ~(size_t)1;
    memcpy(start, set->bytes, set->uid_at);
    memcpy(start + set->uid_at, uid, set->uid_length);
    int count = 0, head = 0;
    parts[count++] = (struct iovec){command, make_command(command, set, message, uid)};
    for (size_t at = 0; at < set->length && head < MAX_PARTS / 2 - 2; head++) {
        size_t n = set->length - at < chunk ? set->length - at : chunk;
        put_fragment(heads[head], set->context, at + n == set->length ? LAST : 0, n);
        parts[count++] = (struct iovec){heads[head], FRAGMENT_HEAD};
        if (at == 0)
            parts[count++] = (struct iovec){start, own};
        size_t skip = at == 0 ? own : 0;
        parts[count++] = (struct iovec){set->bytes + at + skip, n - skip};
        at += n;
    }
    a->sent_at[message % MAX_WINDOW] = now();
    if (write_all(a->socket, parts, count))
        die("the receiver takes no bytes");
    a->bytes += set->length;
    a->outstanding++;
}

static void take_response(struct association *a)
{
    uint32_t body = receive_pdu(a, P_DATA);
    const uint8_t *end = a->answers + HEAD + body;
    uint16_t message = 0, status = 0xffff;
    for (const uint8_t *e = a->answers + FRAGMENT_HEAD; e + 8 <= end; e += 8 + le32(e + 4)) {
        if (le16(e + 2) == ANSWERED_ID)
            message = le16(e + 8);
        if (le16(e + 2) == STATUS)
            status = le16(e + 8);
    }
    drop_pdu(a, body);
    a->latency[a->answered++] = now() - a->sent_at[message % MAX_WINDOW];
    a->failed += status != 0;
    a->outstanding--;
}

static void *run(void *argument)
{
    struct association *a = argument;
    struct sockaddr_in to = loopback(port);
    a->started = now();
    a->socket = socket(AF_INET, SOCK_STREAM, 0);
    a->window = 1;
    no_delay(a->socket);
    if (connect(a->socket, (struct sockaddr *)&to, sizeof to))
        die("connect");
    negotiate(a);
    uint16_t message = 0;
    for (int i = a->number; i < instances; i += associations) {
        send_instance(a, &sets[i % set_count], ++message, first_uid + (uint64_t)i);
        while (a->outstanding >= a->window)
            take_response(a);
    }
    while (a->outstanding > 0)
        take_response(a);
    a->ended = now();
    uint8_t release[10] = {0};
    put_pdu(release, RELEASE_RQ, 4);
    if (!write_bytes(a->socket, release, sizeof release))
        drop_pdu(a, receive_pdu(a, RELEASE_RP));
    close(a->socket);
    return NULL;
}

static int by_size(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static void report(struct association *all)
{
    double *latency = malloc((size_t)instances * sizeof *latency), started = all[0].started, ended = all[0].ended;
    long answered = 0, failed = 0;
    uint64_t bytes = 0;
    for (int i = 0; i < associations; i++) {
        memcpy(latency + answered, all[i].latency, (size_t)all[i].answered * sizeof *latency);
        answered += all[i].answered;
        failed += all[i].failed;
        bytes += all[i].bytes;
        started = all[i].started < started ? all[i].started : started;
        ended = all[i].ended > ended ? all[i].ended : ended;
    }
    qsort(latency, (size_t)answered, sizeof *latency, by_size);
    printf("{\"stored\": %ld, \"failed\": %ld, \"bytes\": %llu, \"seconds\": %.6f, \"perSecond\": %.3f, \"p50Ms\": %.4f, \"p99Ms\": %.4f, "
           "\"window\": %d, \"maxPdu\": %u}\n",
        answered - failed, failed, (unsigned long long)bytes, ended - started, (double)answered / (ended - started),
        latency[answered / 2] * 1e3, latency[answered * 99 / 100] * 1e3, all[0].window, all[0].max_pdu);
}

int main(int count, char **words)
{
    for (int option; (option = getopt(count, words, "p:c:a:n:w:")) != -1;)
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'c': called = optarg; break;
        case 'a': associations = atoi(optarg); break;
        case 'n': instances = atoi(optarg); break;
        case 'w': window = atoi(optarg); break;
        default: return 2;
        }
    set_count = count - optind;
    if (set_count < 1 || associations < 1 || instances < associations || window < 1 || window >= MAX_WINDOW || strlen(called) > 16)
        return fprintf(stderr, "fastsend -p port -c calledAE -a associations -n instances -w window files...\n"), 2;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    first_uid = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    sets = calloc((size_t)set_count, sizeof *sets);
    for (int i = 0; i < set_count; i++)
        load(words[optind + i], &sets[i]);
    struct association *all = calloc((size_t)associations, sizeof *all);
    for (int i = 0; i < associations; i++) {
        all[i].number = i;
        all[i].latency = calloc((size_t)instances, sizeof(double));
        pthread_create(&all[i].thread, NULL, run, &all[i]);
    }
    for (int i = 0; i < associations; i++)
        pthread_join(all[i].thread, NULL);
    report(all);
    return 0;
}
