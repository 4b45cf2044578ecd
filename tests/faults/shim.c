/* Preloaded: make calls on a storage's files fail, or the process die at the n-th of them.

   Calls are counted that can change what others find: names, bytes, sizes, locks, fsyncs. A
   shadow holds what a power cut would leave: a copy of each file as it was last fsynced. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, NAME = 4, OPEN = 8, FLOCK = 16, RANGE = 32, MAP = 64 };
enum { NOTHING, FAIL, FAIL_ON, DIE_BEFORE, DIE_AFTER, DIE_WITHIN };

static char place[PATH_MAX], shadow[PATH_MAX];
static int kinds, how, at, error, seen, log_fd = -1;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Watch the directory `where` and all that is in it. */
void fault_place(const char *where) { snprintf(place, sizeof place, "%s", where); }

/* Keep a copy of each file as it was last fsynced in the directory `where`; empty: none. */
void fault_shadow(const char *where) { snprintf(shadow, sizeof shadow, "%s", where); }

/* Write the name of the call at which the process dies to the descriptor `fd`. */
void fault_log(int fd) { log_fd = fd; }

void fault_arm(int kinds_, int how_, int at_, int error_) {
    kinds = kinds_;
    how = how_;
    at = at_;
    error = error_;
    seen = 0;
}

int fault_seen(void) { return seen; }

static void path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, PATH_MAX - 1);
    path[size < 0 ? 0 : size] = 0;
}

static int is_ours(const char *path) { return place[0] && strstr(path, place) != NULL; }

static void die(const char *call, const char *path) {
    char line[PATH_MAX + 64];
    const char *inside = strstr(path, place);
    int size = snprintf(line, sizeof line, "%s %s\n", call, inside ? inside + strlen(place) : "");
    if (log_fd >= 0 && REAL(write)(log_fd, line, size) < 0) { /* nobody to tell */ }
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* What becomes of this call: -1 it fails, 0 nothing, else what `how` says. */
static int fate(int kind, const char *call, const char *path) {
    if (!(kinds & kind) || !is_ours(path)) return NOTHING;
    int mine = __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST);
    if (at == 0 || (how == FAIL_ON ? mine < at : mine != at)) return NOTHING;
    if (how == DIE_BEFORE) die(call, path);
    if (how == FAIL || how == FAIL_ON) errno = error;
    return how;
}

/* Wrap a call: `real` does it, `path` is what it is about. */
#define CALL(kind, name, path, real)                                            \
    do {                                                                        \
        int fated = kinds ? fate(kind, name, path) : NOTHING;                   \
        if (fated == FAIL || fated == FAIL_ON) return -1;                       \
        __typeof__(real) result = real;                                         \
        if (fated == DIE_AFTER || fated == DIE_WITHIN) die(name, path);         \
        return result;                                                          \
    } while (0)

#define CALL_FD(kind, name, fd, real)                                           \
    do {                                                                        \
        char path[PATH_MAX] = "";                                               \
        if (kinds & (kind)) path_of(fd, path);                                  \
        CALL(kind, name, path, real);                                           \
    } while (0)

/* How much of a write happens: half, if the process dies within it, which was just counted. */
static size_t part(int fd, size_t size) {
    char path[PATH_MAX];
    if (how != DIE_WITHIN || !(kinds & WRITE) || seen != at) return size;
    path_of(fd, path);
    return is_ours(path) ? size / 2 : size;
}

ssize_t write(int fd, const void *data, size_t size) {
    CALL_FD(WRITE, "write", fd, REAL(write)(fd, data, part(fd, size)));
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
    CALL_FD(WRITE, "pwrite", fd, REAL(pwrite)(fd, data, part(fd, size), offset));
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    CALL_FD(WRITE, "pwrite", fd, REAL(pwrite64)(fd, data, part(fd, size), offset));
}

int ftruncate(int fd, off_t size) { CALL_FD(WRITE, "ftruncate", fd, REAL(ftruncate)(fd, size)); }

int ftruncate64(int fd, off64_t size) {
    CALL_FD(WRITE, "ftruncate", fd, REAL(ftruncate64)(fd, size));
}

int flock(int fd, int operation) { CALL_FD(FLOCK, "flock", fd, REAL(flock)(fd, operation)); }

/* What fsync makes safe goes into the shadow, under the name that the file has now. */
static void to_shadow(int fd) {
    char path[PATH_MAX], copy[PATH_MAX * 2], block[65536];
    struct stat status;
    path_of(fd, path);
    if (!shadow[0] || !is_ours(path) || fstat(fd, &status) || !S_ISREG(status.st_mode)) return;
    snprintf(copy, sizeof copy, "%s/%s", shadow, strrchr(path, '/') + 1);
    int from = REAL(open)(path, O_RDONLY | O_CLOEXEC);
    int to = REAL(open)(copy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    for (ssize_t size; (size = read(from, block, sizeof block)) > 0;)
        if (REAL(write)(to, block, size) < 0) break;
    close(from);
    close(to);
}

static int synced(int fd, int result) {
    if (result == 0) to_shadow(fd);
    return result;
}

int fsync(int fd) { CALL_FD(SYNC, "fsync", fd, synced(fd, REAL(fsync)(fd))); }

int fdatasync(int fd) { CALL_FD(SYNC, "fdatasync", fd, synced(fd, REAL(fdatasync)(fd))); }

/* A name is taken to reach the disk at once: the worst that can become of what it stands for. */
static void shadow_of(const char *path, char *copy) {
    const char *name = strrchr(path, '/');
    snprintf(copy, PATH_MAX * 2, "%s/%s", shadow, name ? name + 1 : path);
}

static int renamed(const char *from, const char *to, int result) {
    char old[PATH_MAX * 2], new[PATH_MAX * 2];
    if (result == 0 && shadow[0] && is_ours(to)) {
        shadow_of(from, old);
        shadow_of(to, new);
        REAL(unlink)(new);
        REAL(rename)(old, new);
    }
    return result;
}

static int unlinked(const char *path, int result) {
    char copy[PATH_MAX * 2];
    if (result == 0 && shadow[0] && is_ours(path)) {
        shadow_of(path, copy);
        REAL(unlink)(copy);
    }
    return result;
}

int rename(const char *from, const char *to) {
    CALL(NAME, "rename", to, renamed(from, to, REAL(rename)(from, to)));
}

int unlink(const char *path) {
    CALL(NAME, "unlink", path, unlinked(path, REAL(unlink)(path)));
}

int mkdir(const char *path, mode_t mode) { CALL(NAME, "mkdir", path, REAL(mkdir)(path, mode)); }

int chmod(const char *path, mode_t mode) { CALL(NAME, "chmod", path, REAL(chmod)(path, mode)); }

int fchmod(int fd, mode_t mode) { CALL_FD(NAME, "fchmod", fd, REAL(fchmod)(fd, mode)); }

static mode_t mode_in(int flags, va_list rest) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

#define OPENING(name)                                                           \
    int name(const char *path, int flags, ...) {                                \
        va_list rest;                                                           \
        va_start(rest, flags);                                                  \
        mode_t mode = mode_in(flags, rest);                                     \
        va_end(rest);                                                           \
        CALL(OPEN, "open", path, REAL(name)(path, flags, mode));                \
    }

OPENING(open)
OPENING(open64)

static int locks(int command) { return command == F_SETLK || command == F_SETLKW; }

#define CONTROLLING(name)                                                       \
    int name(int fd, int command, ...) {                                        \
        va_list rest;                                                           \
        va_start(rest, command);                                                \
        void *argument = va_arg(rest, void *);                                  \
        va_end(rest);                                                           \
        if (!locks(command)) return REAL(name)(fd, command, argument);          \
        CALL_FD(RANGE, "fcntl", fd, REAL(name)(fd, command, argument));         \
    }

CONTROLLING(fcntl)
CONTROLLING(fcntl64)

#define MAPPING(name, offset_t)                                                 \
    void *name(void *where, size_t size, int rights, int flags, int fd, offset_t offset) { \
        char path[PATH_MAX] = "";                                               \
        int fated = NOTHING;                                                    \
        if (kinds & MAP && fd >= 0) {                                           \
            path_of(fd, path);                                                  \
            fated = fate(MAP, "mmap", path);                                    \
        }                                                                       \
        if (fated == FAIL || fated == FAIL_ON) return MAP_FAILED;               \
        void *result = REAL(name)(where, size, rights, flags, fd, offset);      \
        if (fated == DIE_AFTER || fated == DIE_WITHIN) die("mmap", path);       \
        return result;                                                          \
    }

MAPPING(mmap, off_t)
MAPPING(mmap64, off64_t)
