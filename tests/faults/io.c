/*
 * Let calls that write to the database's files fail, when told to; loaded into a server by LD_PRELOAD.
 *
 * IAMD_TEST_FAULTS names a file of four numbers (int32): how many calls there were, after how many more one is to fail
 * (0: none), with which errno, and whether all after it fail as well.  Only files whose path holds "/iamd.db" are
 * concerned: the database, its log, and its shared memory.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

struct plan {
    int calls, left, error, sticky;
};

/* By system calls of their own: the functions of the same names are the ones below. */
static int fails(int fd)
{
    char link[64], path[4096];
    const char *name = getenv("IAMD_TEST_FAULTS");
    if (name == NULL)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (length <= 0)
        return 0;
    path[length] = 0;
    if (strstr(path, "/iamd.db") == NULL)
        return 0;
    int file = syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_CLOEXEC, 0);
    if (file < 0)
        return 0;
    struct plan plan;
    int failing = 0;
    if (syscall(SYS_pread64, file, &plan, sizeof plan, 0) == sizeof plan) {
        plan.calls++;
        if (plan.left > 0 && --plan.left == 0) {
            failing = plan.error;
            plan.left = plan.sticky ? 1 : 0;
        }
        syscall(SYS_pwrite64, file, &plan, sizeof plan, 0);
    }
    syscall(SYS_close, file);
    if (failing)
        errno = failing;
    return failing;
}

#define REAL(type, name) \
    static type real; \
    if (real == NULL) \
        real = (type)dlsym(RTLD_NEXT, name)

typedef ssize_t (*pwrite_type)(int, const void *, size_t, off_t);
typedef ssize_t (*write_type)(int, const void *, size_t);
typedef int (*sync_type)(int);
typedef int (*truncate_type)(int, off_t);

ssize_t pwrite(int fd, const void *from, size_t size, off_t at)
{
    REAL(pwrite_type, "pwrite");
    return fails(fd) ? -1 : real(fd, from, size, at);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off_t at)
{
    REAL(pwrite_type, "pwrite64");
    return fails(fd) ? -1 : real(fd, from, size, at);
}

ssize_t write(int fd, const void *from, size_t size)
{
    REAL(write_type, "write");
    return fails(fd) ? -1 : real(fd, from, size);
}

int fsync(int fd)
{
    REAL(sync_type, "fsync");
    return fails(fd) ? -1 : real(fd);
}

int fdatasync(int fd)
{
    REAL(sync_type, "fdatasync");
    return fails(fd) ? -1 : real(fd);
}

int ftruncate(int fd, off_t size)
{
    REAL(truncate_type, "ftruncate");
    return fails(fd) ? -1 : real(fd, size);
}

int ftruncate64(int fd, off_t size)
{
    REAL(truncate_type, "ftruncate64");
    return fails(fd) ? -1 : real(fd, size);
}
