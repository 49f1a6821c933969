/* LD_PRELOAD: fdatasync of every regular file that was open for writing, before it is closed. Makes a DCMTK receiver durable. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void sync_written(int file)
{
    struct stat status;
    if (file >= 0 && !fstat(file, &status) && S_ISREG(status.st_mode) && (fcntl(file, F_GETFL) & O_ACCMODE) != O_RDONLY)
        fdatasync(file);
}

int close(int file)
{
    int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "close");
    sync_written(file);
    return next(file);
}

int fclose(FILE *stream)
{
    int (*next)(FILE *) = (int (*)(FILE *))dlsym(RTLD_NEXT, "fclose");
    fflush(stream);
    sync_written(fileno(stream));
    return next(stream);
}
