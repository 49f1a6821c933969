/* A network run by ONNX Runtime and nothing else: bare LIBRARY MODEL SIDE CLASSES THREADS RUNS
 * Prints the best run and the processor's time a run, in milliseconds. The functions are called by their place in the table, as the
 * product does, so that no header is needed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

typedef void *status;
static void *const *table;

static void check(status s) {
    if (!s) return;
    fprintf(stderr, "%s\n", ((const char *(*)(status))table[2])(s));
    exit(1);
}

static double seconds(struct timeval t) { return t.tv_sec + t.tv_usec / 1e6; }

static double cpu(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return seconds(u.ru_utime) + seconds(u.ru_stime);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    if (argc != 7) return 2;
    int side = atoi(argv[3]), classes = atoi(argv[4]), threads = atoi(argv[5]), runs = atoi(argv[6]);
    void *library = dlopen(argv[1], RTLD_NOW);
    if (!library) { fprintf(stderr, "%s\n", dlerror()); return 1; }
    typedef struct { void *const *(*api)(uint32_t); const char *(*version)(void); } base;
    table = ((const base *(*)(void))dlsym(library, "OrtGetApiBase"))()->api(20);
    void *env, *options, *session, *memory, *input, *output;
    check(((status (*)(int, const char *, void **))table[3])(3, "bare", &env));
    check(((status (*)(void **))table[10])(&options));
    check(((status (*)(void *, int))table[13])(options, 0));
    check(((status (*)(void *, int))table[23])(options, 99));
    check(((status (*)(void *, int))table[24])(options, threads));
    check(((status (*)(void *, int))table[25])(options, 1));
    check(((status (*)(void *, const char *, const char *))table[130])(options, "session.intra_op.allow_spinning", "0"));
    check(((status (*)(void *, const char *, const char *))table[130])(options, "session.inter_op.allow_spinning", "0"));
    check(((status (*)(void *, const char *, void *, void **))table[7])(env, argv[2], options, &session));
    check(((status (*)(int, int, void **))table[69])(1, 0, &memory));
    int64_t in[4] = {1, 3, side, side}, out[2] = {1, classes};
    size_t values = (size_t)3 * side * side;
    float *picture = aligned_alloc(64, (values * 4 + 63) & ~(size_t)63), *logits = aligned_alloc(64, 4096);
    for (size_t i = 0; i < values; i++) picture[i] = (float)(i % 255) / 255;
    check(((status (*)(void *, void *, size_t, int64_t *, size_t, int, void **))table[49])(memory, picture, values * 4, in, 4, 1, &input));
    check(((status (*)(void *, void *, size_t, int64_t *, size_t, int, void **))table[49])(memory, logits, classes * 4, out, 2, 1, &output));
    const char *from[] = {"input"}, *to[] = {"logits"};
    double best = 1e9, begun = 0;
    for (int i = -3; i < runs; i++) {
        if (i == 0) begun = cpu();
        double at = now();
        check(((status (*)(void *, void *, const char **, void **, size_t, const char **, size_t, void **))table[9])(session, 0, from, &input, 1, to, 1, &output));
        double took = now() - at;
        if (i >= 0 && took < best) best = took;
    }
    printf("%.6f %.6f\n", best * 1e3, (cpu() - begun) * 1e3 / runs);
    return 0;
}
