/* Tells the thread sanitizer what std orders between threads. std is precompiled, so the sanitizer sees
 * only those parts of its locks that are inlined: not what happens if a thread has to wait. The linker
 * puts these functions in the place of those of std (--wrap), whose names run.sh defines. */
#include <stdbool.h>
#include <stdint.h>

void __tsan_acquire(void *);
void __tsan_release(void *);

#define JOINED(prefix, name) prefix##name
#define JOIN(prefix, name) JOINED(prefix, name)
#define REAL(name) JOIN(__real_, name)
#define WRAP(name) JOIN(__wrap_, name)

/* A lock that another thread holds. It is given back in parts that are inlined. */
#define CONTENDED(name)              \
    void REAL(name)(void *lock);     \
    void WRAP(name)(void *lock) {    \
        REAL(name)(lock);            \
        __tsan_acquire(lock);        \
    }

CONTENDED(MUTEX_LOCK)
CONTENDED(RWLOCK_READ)
CONTENDED(RWLOCK_WRITE)

/* A condition gives its mutex back while it waits. */
void REAL(CONDVAR_WAIT)(void *condvar, void *mutex);
void WRAP(CONDVAR_WAIT)(void *condvar, void *mutex) {
    __tsan_release(mutex);
    REAL(CONDVAR_WAIT)(condvar, mutex);
    __tsan_acquire(mutex);
}

bool REAL(CONDVAR_WAIT_TIMEOUT)(void *condvar, void *mutex, uint64_t seconds, uint32_t nanoseconds);
bool WRAP(CONDVAR_WAIT_TIMEOUT)(void *condvar, void *mutex, uint64_t seconds, uint32_t nanoseconds) {
    __tsan_release(mutex);
    bool notified = REAL(CONDVAR_WAIT_TIMEOUT)(condvar, mutex, seconds, nanoseconds);
    __tsan_acquire(mutex);
    return notified;
}

/* The end of a thread of a scope, whose number of threads the scope waits for. */
void REAL(SCOPE_END)(void *scope, bool panicked);
void WRAP(SCOPE_END)(void *scope, bool panicked) {
    for (char *at = scope; at < (char *)scope + 24; at += 8) __tsan_release(at);
    REAL(SCOPE_END)(scope, panicked);
}
