/* Make the n-th call of one kind on a storage's files fail, or from the n-th on all of them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2 };

static int armed_kind, armed_at, armed_errno, armed_sticky, seen;

void fault_arm(int kind, int at, int error, int sticky) {
    armed_kind = kind;
    armed_at = at;
    armed_errno = error;
    armed_sticky = sticky;
    seen = 0;
}

int fault_seen(void) { return seen; }

static int is_ours(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return strstr(path, "graphcli.db") != NULL && strstr(path, ".claims") == NULL;
}

static int fails(int kind, int fd) {
    if (kind != armed_kind || !is_ours(fd)) return 0;
    seen++;
    if (armed_at == 0 || (armed_sticky ? seen < armed_at : seen != armed_at)) return 0;
    errno = armed_errno;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size) {
    return fails(WRITE, fd) ? -1 : REAL(write)(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    return fails(WRITE, fd) ? -1 : REAL(pwrite)(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    return fails(WRITE, fd) ? -1 : REAL(pwrite64)(fd, data, size, at);
}

int ftruncate64(int fd, off64_t size) {
    return fails(WRITE, fd) ? -1 : REAL(ftruncate64)(fd, size);
}

int fsync(int fd) { return fails(SYNC, fd) ? -1 : REAL(fsync)(fd); }

int fdatasync(int fd) { return fails(SYNC, fd) ? -1 : REAL(fdatasync)(fd); }
