// Shifts the wall clock of every process that it is loaded into (ld.so(8), /etc/ld.so.preload) by the number of
// seconds in SHIFT_FILE, and by another as soon as another number is in it. It stands for a machine's clock where
// machines are containers, which share the clock of their host. As with a real jump, CLOCK_MONOTONIC goes on.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#ifndef SHIFT_FILE
#define SHIFT_FILE "/usr/lib/orchestrator-fault/shift"
#endif

// One 64-bit number, in the machine's byte order; a page of zeros where there is no file.
static const volatile int64_t none = 0;
static const volatile int64_t *shift = &none;

__attribute__((constructor)) static void map_shift(void) {
    int file = open(SHIFT_FILE, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    void *page = mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) shift = page;
    close(file);
}

// Not the C library's functions, which these replace.
int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *shift;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int result = (int)syscall(SYS_gettimeofday, now, zone);
    if (result == 0) now->tv_sec += *shift;
    return result;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}
