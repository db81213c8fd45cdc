/* Preloaded into a server under test: moves its wall clock by as many seconds as the file
   GLASSROOM_TEST_CLOCK says. All other clocks stay right. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
  long result = syscall(SYS_clock_gettime, clock, now);
  const char *path = getenv("GLASSROOM_TEST_CLOCK");
  if (result != 0 || clock != CLOCK_REALTIME || path == NULL) return (int)result;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[32] = {0};
  ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size > 0) now->tv_sec += atol(text);
  return 0;
}
