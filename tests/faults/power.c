/*
 * Write down whatever changes the files below a folder, and what is forced to the disk; loaded into a program by LD_PRELOAD.
 *
 * IAMD_TEST_POWER_ROOT names the folder, IAMD_TEST_POWER_JOURNAL the file that is appended to (elsewhere).  Each record is a
 * `struct head`, one or two paths, and the bytes that were written.  A record stands there before the call returns; that a
 * sync begins stands there before it is asked for, so that a reader knows what it cannot have covered.
 *
 * One process at a time: the order of records is that of a lock of this process.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE, SYNC_BEGINS, SYNC_ENDS, CREATE, RENAME, UNLINK, LINK, MKDIR };

struct head {
    uint32_t size; /* of all that follows */
    uint16_t kind, first, second; /* lengths of the paths */
    uint16_t unused;
    uint64_t inode, at;
} __attribute__((packed));

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *root, *journal;
static size_t root_length;
static uint64_t syncs;

__attribute__((constructor)) static void begin(void)
{
    root = getenv("IAMD_TEST_POWER_ROOT");
    journal = getenv("IAMD_TEST_POWER_JOURNAL");
    root_length = root == NULL ? 0 : strlen(root);
}

static int concerns(const char *path)
{
    return root_length && journal != NULL && strncmp(path, root, root_length) == 0
        && (path[root_length] == '/' || path[root_length] == 0);
}

/* By system calls of their own: the functions of the same names are the ones below. */
static void note(int kind, uint64_t inode, uint64_t at, const char *first, const char *second, const void *data, size_t size)
{
    struct head head = {0};
    int kept = errno;
    head.kind = (uint16_t)kind;
    head.first = (uint16_t)(first == NULL ? 0 : strlen(first));
    head.second = (uint16_t)(second == NULL ? 0 : strlen(second));
    head.inode = inode;
    head.at = at;
    head.size = (uint32_t)(sizeof head - sizeof head.size + head.first + head.second + size);
    struct iovec parts[] = {
        {&head, sizeof head}, {(void *)first, head.first}, {(void *)second, head.second}, {(void *)data, size},
    };
    int file = (int)syscall(SYS_openat, AT_FDCWD, journal, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || syscall(SYS_writev, file, parts, 4) < (long)sizeof head) {
        static const char said[] = "the journal of this program's writes cannot be kept\n";
        syscall(SYS_write, 2, said, sizeof said - 1);
        abort();
    }
    syscall(SYS_close, file);
    errno = kept;
}

/* Tell whether a descriptor is of a file or folder that concerns us, and which. */
static int known(int fd, char *path, struct stat *found)
{
    char link[64];
    int kept = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, 4095);
    if (length > 0)
        path[length] = 0;
    int yes = length > 0 && concerns(path) && fstat(fd, found) == 0 && (S_ISREG(found->st_mode) || S_ISDIR(found->st_mode));
    errno = kept;
    return yes;
}

/* Make a path absolute; return whether it concerns us. */
static int absolute(int folder, const char *path, char *whole)
{
    if (root_length == 0)
        return 0;
    if (path[0] == '/') {
        snprintf(whole, 4096, "%s", path);
    } else if (folder == AT_FDCWD) {
        if (syscall(SYS_getcwd, whole, 4096 - strlen(path) - 2) < 0)
            return 0;
        strcat(strcat(whole, "/"), path);
    } else {
        struct stat found;
        if (!known(folder, whole, &found))
            return 0;
        strcat(strcat(whole, "/"), path);
    }
    return concerns(whole);
}

#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (real == NULL) \
        real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static ssize_t written(int fd, const void *from, size_t size, off_t at, int positioned, ssize_t (*real)(int, const void *, size_t, off_t))
{
    char path[4096];
    struct stat found;
    if (!known(fd, path, &found))
        return real(fd, from, size, at);
    pthread_mutex_lock(&lock);
    if (!positioned) {
        fstat(fd, &found);
        at = fcntl(fd, F_GETFL) & O_APPEND ? found.st_size : lseek(fd, 0, SEEK_CUR);
    }
    ssize_t done = real(fd, from, size, at);
    if (done > 0)
        note(WRITE, found.st_ino, (uint64_t)at, NULL, NULL, from, (size_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

static ssize_t plain_write(int fd, const void *from, size_t size, off_t at)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    (void)at;
    return real(fd, from, size);
}

static ssize_t plain_pwrite(int fd, const void *from, size_t size, off_t at)
{
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
    return real(fd, from, size, at);
}

ssize_t write(int fd, const void *from, size_t size) { return written(fd, from, size, 0, 0, plain_write); }
ssize_t pwrite(int fd, const void *from, size_t size, off_t at) { return written(fd, from, size, at, 1, plain_pwrite); }
ssize_t pwrite64(int fd, const void *from, size_t size, off_t at) { return written(fd, from, size, at, 1, plain_pwrite); }

static int truncated(int fd, off_t size)
{
    REAL(int, "ftruncate64", int, off_t);
    char path[4096];
    struct stat found;
    if (!known(fd, path, &found))
        return real(fd, size);
    pthread_mutex_lock(&lock);
    int done = real(fd, size);
    if (done == 0)
        note(TRUNCATE, found.st_ino, (uint64_t)size, NULL, NULL, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate(int fd, off_t size) { return truncated(fd, size); }
int ftruncate64(int fd, off_t size) { return truncated(fd, size); }

static int synced(int fd, int (*real)(int))
{
    char path[4096];
    struct stat found;
    if (!known(fd, path, &found))
        return real(fd);
    /* Folders are known by their paths, files by their inodes: a file may have several names. */
    const char *name = S_ISDIR(found.st_mode) ? path : NULL;
    pthread_mutex_lock(&lock);
    uint64_t number = ++syncs;
    note(SYNC_BEGINS, found.st_ino, number, name, NULL, NULL, 0);
    pthread_mutex_unlock(&lock);
    int done = real(fd);
    if (done == 0) {
        pthread_mutex_lock(&lock);
        note(SYNC_ENDS, found.st_ino, number, name, NULL, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return done;
}

static int plain_fsync(int fd)
{
    REAL(int, "fsync", int);
    return real(fd);
}

static int plain_fdatasync(int fd)
{
    REAL(int, "fdatasync", int);
    return real(fd);
}

int fsync(int fd) { return synced(fd, plain_fsync); }
int fdatasync(int fd) { return synced(fd, plain_fdatasync); }

static int opened(int folder, const char *path, int flags, mode_t mode)
{
    REAL(int, "openat64", int, const char *, int, mode_t);
    char whole[4096];
    struct stat found;
    if (!(flags & (O_CREAT | O_TRUNC)) || (flags & O_TMPFILE) == O_TMPFILE || !absolute(folder, path, whole))
        return real(folder, path, flags, mode);
    pthread_mutex_lock(&lock);
    int there = syscall(SYS_faccessat, AT_FDCWD, whole, F_OK) == 0;
    int fd = real(folder, path, flags, mode);
    if (fd >= 0 && fstat(fd, &found) == 0 && S_ISREG(found.st_mode)) {
        if (!there)
            note(CREATE, found.st_ino, 0, whole, NULL, NULL, 0);
        else if (flags & O_TRUNC)
            note(TRUNCATE, found.st_ino, 0, NULL, NULL, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

#define MODE(flags, mode) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
        va_list more; \
        va_start(more, flags); \
        mode = va_arg(more, mode_t); \
        va_end(more); \
    }

int open(const char *path, int flags, ...) { MODE(flags, mode) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags, mode) return opened(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags, mode) return opened(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags, mode) return opened(folder, path, flags, mode); }

/* Calls that change a folder: one path or two, and whether they worked. */
static int changed(int kind, const char *first, const char *second, int done)
{
    if (done == 0)
        note(kind, 0, 0, first, second, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}

#define CHANGE_ONE(kind, path, call) \
    char whole[4096]; \
    if (!absolute(AT_FDCWD, path, whole)) \
        return call; \
    pthread_mutex_lock(&lock); \
    return changed(kind, whole, NULL, call)

#define CHANGE_TWO(kind, one, two, call) \
    char first[4096], second[4096]; \
    if (!absolute(AT_FDCWD, one, first) || !absolute(AT_FDCWD, two, second)) \
        return call; \
    pthread_mutex_lock(&lock); \
    return changed(kind, first, second, call)

int rename(const char *from, const char *to)
{
    REAL(int, "rename", const char *, const char *);
    CHANGE_TWO(RENAME, from, to, real(from, to));
}

int unlink(const char *path)
{
    REAL(int, "unlink", const char *);
    CHANGE_ONE(UNLINK, path, real(path));
}

int link(const char *from, const char *to)
{
    REAL(int, "link", const char *, const char *);
    CHANGE_TWO(LINK, from, to, real(from, to));
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    REAL(int, "linkat", int, const char *, int, const char *, int);
    if (from_folder != AT_FDCWD || to_folder != AT_FDCWD)
        return real(from_folder, from, to_folder, to, flags);
    CHANGE_TWO(LINK, from, to, real(from_folder, from, to_folder, to, flags));
}

int mkdir(const char *path, mode_t mode)
{
    REAL(int, "mkdir", const char *, mode_t);
    CHANGE_ONE(MKDIR, path, real(path, mode));
}
