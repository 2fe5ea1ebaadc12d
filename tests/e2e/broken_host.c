/* A broken host; loaded with LD_PRELOAD. Refuses one unlock of SQLite's write lock, as NFS or a kernel short of memory may,
   once the file named by REFUSE_UNLOCK exists. Shifts the clock by the seconds in the file named by CLOCK_OFFSET. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef int (*fcntl_function)(int, int, ...);

static int is_refused(int command, void *argument) {
    /* The byte of the -shm file that a writer locks. */
    const off_t write_lock = 120;
    const char *trigger = getenv("REFUSE_UNLOCK");
    struct flock *lock = argument;
    return trigger != NULL && command == F_SETLK && lock->l_type == F_UNLCK && lock->l_start == write_lock
        && unlink(trigger) == 0;
}

#define WRAP(name)                                                               \
    int name(int descriptor, int command, ...) {                                 \
        va_list list;                                                            \
        va_start(list, command);                                                 \
        void *argument = va_arg(list, void *);                                   \
        va_end(list);                                                            \
        if (is_refused(command, argument)) {                                     \
            errno = ENOLCK;                                                      \
            return -1;                                                           \
        }                                                                        \
        return ((fcntl_function)dlsym(RTLD_NEXT, #name))(descriptor, command, argument); \
    }

WRAP(fcntl)
WRAP(fcntl64)

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = ((int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime"))(clock, now);
    const char *path = getenv("CLOCK_OFFSET");
    if (result == 0 && clock == CLOCK_REALTIME && path != NULL) {
        char digits[24] = {0};
        int file = open(path, O_RDONLY);
        if (file >= 0 && read(file, digits, sizeof digits - 1) > 0)
            now->tv_sec += atoll(digits);
        if (file >= 0)
            close(file);
    }
    return result;
}
