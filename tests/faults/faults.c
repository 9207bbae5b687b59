/* Calls to the operating system that fail on command, and are written down.
 *
 * Rules: "call:ERROR:part of path:skip:count;...". `skip` calls that match succeed first, then
 * `count` fail; both may be left out: 0 and all. SHORT moves one byte, or without the page
 * cache one block and tells of a byte more, STOP stops the process,
 * KILL kills it, INT interrupts it, and HOLD holds up the thread until there is a file whose name
 * is that of the call with ".go". The log has a line "call path" for each call. Reads and writes
 * without the page cache (O_DIRECT) are "direct-read" and "direct-write", and "direct" asks for them.
 * "free" closes a file without a name, and EXT4 lets "fstatfs" tell of that file system.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define SHORT (-1)
#define STOP (-2)
#define KILL (-3)
#define INT (-4)
#define HOLD (-5)
#define EXT4 (-6)

struct rule {
    char call[16], part[256];
    int error;
    long skip, count, failed;
};

static struct rule rules[16];
static int rule_count, log_fd = -1;

static const struct { const char *name; int error; } errors[] = {
    {"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EINTR", EINTR}, {"ENOLCK", ENOLCK}, {"EBADF", EBADF},
    {"ENOSYS", ENOSYS}, {"ENOTSUP", ENOTSUP}, {"EACCES", EACCES}, {"EROFS", EROFS},
    {"EINVAL", EINVAL}, {"EPERM", EPERM}, {"EDQUOT", EDQUOT}, {"SHORT", SHORT}, {"STOP", STOP},
    {"KILL", KILL}, {"INT", INT}, {"HOLD", HOLD}, {"EXT4", EXT4},
};

/* Replaces all rules, and the log; either may be empty. */
void faults_set(const char *given, const char *log) {
    if (log_fd >= 0) syscall(SYS_close, log_fd);
    log_fd = -1;
    if (*log) log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    rule_count = 0;
    memset(rules, 0, sizeof rules);
    char *text = strdup(given), *save = NULL;
    for (char *one = strtok_r(text, ";", &save); one && rule_count < 16; one = strtok_r(NULL, ";", &save)) {
        struct rule *rule = &rules[rule_count];
        char error[16] = "";
        rule->count = -1;
        if (sscanf(one, "%15[^:]:%15[^:]:%255[^:]:%ld:%ld", rule->call, error, rule->part, &rule->skip, &rule->count) < 3) abort();
        for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
            if (!strcmp(errors[i].name, error)) rule->error = errors[i].error;
        if (!rule->error) abort();
        rule_count++;
    }
    free(text);
}

static void hold(const char *path) {
    char go[4200];
    snprintf(go, sizeof go, "%s.go", path);
    while (access(go, F_OK)) usleep(1000);
}

/* What is to happen: 0 for nothing, an error, or SHORT. */
static int fault(const char *call, const char *path) {
    if (log_fd >= 0) {
        char line[4200];
        int length = snprintf(line, sizeof line, "%s %s\n", call, path);
        syscall(SYS_write, log_fd, line, (size_t)length);
    }
    for (int i = 0; i < rule_count; i++) {
        struct rule *rule = &rules[i];
        if (strcmp(rule->call, call) || !strstr(path, rule->part)) continue;
        if (__atomic_fetch_sub(&rule->skip, 1, __ATOMIC_SEQ_CST) > 0) continue;
        long failed = __atomic_fetch_add(&rule->failed, 1, __ATOMIC_SEQ_CST);
        if (rule->count >= 0 && failed >= rule->count) continue;
        if (rule->error == STOP) { kill(getpid(), SIGSTOP); return 0; }
        if (rule->error == KILL) { kill(getpid(), SIGKILL); return 0; }
        if (rule->error == INT) { kill(getpid(), SIGINT); return 0; }
        if (rule->error == HOLD) { hold(path); return 0; }
        return rule->error;
    }
    return 0;
}

/* Where a descriptor leads; 0 if that is no path. */
static ssize_t path_of(int fd, char path[4096]) {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, 4095);
    if (length < 0 || path[0] != '/') return 0;
    path[length] = 0;
    return length;
}

static int fault_at(const char *call, int fd) {
    char path[4096];
    return path_of(fd, path) ? fault(call, path) : 0;
}

#define FAIL_AT(call, fd) do { int e = fault_at(call, fd); if (e) { errno = e; return -1; } } while (0)
#define FAIL(call, path) do { int e = fault(call, path); if (e) { errno = e; return -1; } } while (0)

static int is_direct(int fd) {
    long flags = syscall(SYS_fcntl, fd, F_GETFL);
    return flags >= 0 && flags & O_DIRECT;
}

ssize_t write(int fd, const void *data, size_t size) {
    int error = fault_at("write", fd);
    if (error == SHORT) return syscall(SYS_write, fd, data, size > 1 ? (size_t)1 : size);
    if (error) { errno = error; return -1; }
    return syscall(SYS_write, fd, data, size);
}
ssize_t read(int fd, void *data, size_t size) {
    int error = fault_at("read", fd);
    if (error == SHORT) return syscall(SYS_read, fd, data, size > 1 ? (size_t)1 : size);
    if (error) { errno = error; return -1; }
    return syscall(SYS_read, fd, data, size);
}
/* What SHORT moves of so many bytes, and what it tells of them. */
static size_t some(int direct, size_t size) {
    size_t most = direct ? 4096 : 1;
    return size > most ? most : size;
}
static ssize_t told(int direct, ssize_t moved, size_t size) {
    return direct && moved == 4096 && size > 4096 ? moved + 1 : moved;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    int direct = is_direct(fd), error = fault_at(direct ? "direct-write" : "write", fd);
    if (error == SHORT) return told(direct, syscall(SYS_pwrite64, fd, data, some(direct, size), at), size);
    if (error) { errno = error; return -1; }
    return syscall(SYS_pwrite64, fd, data, size, at);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }
ssize_t pread64(int fd, void *data, size_t size, off64_t at) {
    int direct = is_direct(fd), error = fault_at(direct ? "direct-read" : "read", fd);
    if (error == SHORT) return told(direct, syscall(SYS_pread64, fd, data, some(direct, size), at), size);
    if (error) { errno = error; return -1; }
    return syscall(SYS_pread64, fd, data, size, at);
}
ssize_t pread(int fd, void *data, size_t size, off_t at) { return pread64(fd, data, size, at); }

static int open_any(const char *path, int flags, va_list rest) {
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    FAIL("open", path);
    if (flags & O_DIRECT) FAIL("direct", path);
    return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int fd = open_any(path, flags, rest);
    va_end(rest);
    return fd;
}
int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int fd = open_any(path, flags, rest);
    va_end(rest);
    return fd;
}
int fcntl(int fd, int command, ...) {
    va_list rest;
    va_start(rest, command);
    long value = va_arg(rest, long);
    va_end(rest);
    if (command == F_SETFL && value & O_DIRECT) FAIL_AT("direct", fd);
    return syscall(SYS_fcntl, fd, command, value);
}
int flock(int fd, int how) { FAIL_AT("flock", fd); return syscall(SYS_flock, fd, how); }
int close(int fd) {
    static const char gone[] = " (deleted)";
    char path[4096];
    int before = errno;
    ssize_t name = path_of(fd, path) - (ssize_t)strlen(gone);
    if (name > 0 && !strcmp(path + name, gone)) {
        path[name] = 0;
        fault("free", path);
    }
    errno = before;
    return syscall(SYS_close, fd);
}
int fstatfs(int fd, struct statfs *found) {
    int error = fault_at("fstatfs", fd);
    if (error > 0) { errno = error; return -1; }
    int failed = syscall(SYS_fstatfs, fd, found);
    if (error == EXT4) found->f_type = 0xEF53;
    return failed;
}
int fstatfs64(int fd, struct statfs64 *found) { return fstatfs(fd, (struct statfs *)found); }
int fsync(int fd) { FAIL_AT("fsync", fd); return syscall(SYS_fsync, fd); }
int rename(const char *from, const char *to) {
    FAIL("rename", to);
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int link(const char *from, const char *to) {
    FAIL("link", to);
    return syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int linkat(int at, const char *from, int there, const char *to, int flags) {
    FAIL("link", to);
    return syscall(SYS_linkat, at, from, there, to, flags);
}
int unlink(const char *path) { FAIL("unlink", path); return syscall(SYS_unlinkat, AT_FDCWD, path, 0); }

/* Not every C library has a function for a rename that must not replace. */
long syscall(long number, ...) {
    static long (*next)(long, ...);
    if (!next) next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    va_list rest;
    va_start(rest, number);
    long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long);
    long d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
    va_end(rest);
    if (number == SYS_renameat2 && e) {
        FAIL("create", (const char *)d);
    }
    return next(number, a, b, c, d, e, f);
}
int renameat2(int at, const char *from, int there, const char *to, unsigned flags) {
    return syscall(SYS_renameat2, at, from, there, to, flags);
}
