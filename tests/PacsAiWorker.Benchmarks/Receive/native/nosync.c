/*
 * nosync PROGRAM ARGUMENTS...: runs a program for which fsync, fdatasync, sync_file_range and msync succeed without doing anything.
 * A filter of system calls, not LD_PRELOAD: .NET looks foreign functions up in libc itself, past every preloaded library.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SUCCEED_AT_ONCE(number, further) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, further, 0)

int main(int count, char **words)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        SUCCEED_AT_ONCE(SYS_fsync, 4),
        SUCCEED_AT_ONCE(SYS_fdatasync, 3),
        SUCCEED_AT_ONCE(SYS_sync_file_range, 2),
        SUCCEED_AT_ONCE(SYS_msync, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO), /* error 0: success */
    };
    struct sock_fprog filter = {sizeof steps / sizeof *steps, steps};
    if (count < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) {
        perror("nosync PROGRAM ARGUMENTS...");
        return 2;
    }
    execvp(words[1], words + 1);
    perror(words[1]);
    return 2;
}
