// Closed-loop requests or open streams on one epoll thread; prints operations/s and latency.
//   load PORT json|sse|ttft CONNECTIONS SECONDS WARM_SECONDS PATH [BODY_BYTES] [RAMP_MICROS]
// json: from before the request is sent to the last byte of the answer. sse: for each chunk, from
// the time stamp in its text, whatever API it came by. ttft: from before the request is sent to the
// first time stamp in its answer. Environment: LOAD_MODEL (default m); LOAD_BODY, a file to send
// instead of a short question.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef long long i64;
enum mode { JSON, SSE, TTFT };

// One connection: when its request was sent, and how far its answer has been read.
struct conn {
  int fd;
  i64 sent;
  int head;     // whether the answer's first bytes were seen
  int need;     // json: the body's length
  int got;      // json: how much of it came
  int inside;   // inside of a time stamp
  i64 stamp;    // what of it was read
  int stamps;   // how many the answer has had
  char tail[5]; // the last bytes, where a chunked body ends
  int tails;
};

static int ep, port;
static enum mode mode;
static char *request;
static size_t request_length;
static i64 errors, requests, events, bytes;

static i64 now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

// A histogram of times in ns, 32 buckets for each power of two.
#define BUCKETS 4096
static i64 histogram[BUCKETS], recorded, longest;

static int bucket(i64 v) {
  if (v < 64) return v;
  int e = 63 - __builtin_clzll(v);
  int b = (e - 5) * 32 + 32 + ((v >> (e - 5)) & 31);
  return b < BUCKETS ? b : BUCKETS - 1;
}

static i64 value(int b) {
  return b < 64 ? b : (i64)(32 + (b - 32) % 32) << ((b - 32) / 32);
}

static void record(i64 v) {
  if (v < 0) v = 0;
  histogram[bucket(v)]++;
  recorded++;
  if (v > longest) longest = v;
}

static double percentile(double p) { // in us
  i64 seen = 0, wanted = recorded * p;
  for (int i = 0; i < BUCKETS; i++) {
    seen += histogram[i];
    if (seen > wanted) return value(i) / 1e3;
  }
  return longest / 1e3;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void open_connection(struct conn *c) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1, tries = 0;
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  while (connect(c->fd, (void *)&to, sizeof to)) {
    if (++tries > 50) die("connect");
    usleep(20000);
  }
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
}

static void fire(struct conn *c) {
  int fd = c->fd;
  *c = (struct conn){.fd = fd, .sent = now(), .need = -1};
  if (send(fd, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length) errors++;
}

static void check_status(const char *buf) {
  if (memcmp(buf + 9, "200", 3)) errors++;
}

// A body with a Content-Length.
static void take_json(struct conn *c, char *buf, ssize_t n, i64 at, int measured) {
  ssize_t body = 0;
  if (c->need < 0) {
    buf[n] = 0;
    char *end = strstr(buf, "\r\n\r\n"), *length = strcasestr(buf, "content-length:");
    if (!end || !length) {
      errors++;
      return;
    }
    check_status(buf);
    c->need = atoi(length + 15);
    body = end + 4 - buf;
  }
  c->got += n - body;
  if (c->got < c->need) return;
  if (measured) {
    record(at - c->sent);
    requests++;
  }
  fire(c);
}

static void stamped(struct conn *c, i64 at, int measured) {
  c->stamps++;
  if (!measured) return;
  events++;
  if (mode == SSE) record(at - c->stamp);
  if (mode == TTFT && c->stamps == 1) record(at - c->sent);
}

// The last bytes of all that came; true when a chunked body is over.
static int over(struct conn *c, const char *buf, ssize_t n) {
  char both[10];
  int fresh = n < 5 ? n : 5, all = c->tails + fresh;
  memcpy(both, c->tail, c->tails);
  memcpy(both + c->tails, buf + n - fresh, fresh);
  c->tails = all < 5 ? all : 5;
  memcpy(c->tail, both + all - c->tails, c->tails);
  return c->tails == 5 && !memcmp(c->tail, "0\r\n\r\n", 5);
}

// A chunked body with time stamps in it: @ and digits.
static void take_stream(struct conn *c, const char *buf, ssize_t n, i64 at, int measured) {
  int only_head = 0;
  if (!c->head) {
    c->head = 1;
    check_status(buf);
    char *end = memmem(buf, n, "\r\n\r\n", 4);
    only_head = end && end + 4 == buf + n;
  }
  for (const char *p = buf, *to = buf + n; p < to; p++) {
    if (!c->inside) {
      p = memchr(p, '@', to - p);
      if (!p) break;
      c->inside = 1;
      c->stamp = 0;
    } else if (*p >= '0' && *p <= '9') {
      c->stamp = c->stamp * 10 + (*p - '0');
    } else {
      c->inside = 0;
      stamped(c, at, measured);
    }
  }
  int ended = over(c, buf, n);
  if (only_head) {
    c->tails = 0;
  } else if (ended) {
    if (measured) requests++;
    fire(c);
  }
}

static char *question(const char *path, size_t length) {
  const char *model = getenv("LOAD_MODEL"), *last = strrchr(path, '/');
  char *body = calloc(1, length + 512);
  int n = sprintf(body, "{\"model\":\"%s\",\"stream\":%s,%s", model ? model : "m",
                  mode == JSON ? "false" : "true",
                  last && !strcmp(last, "/responses")
                      ? "\"input\":\"hi\""
                      : "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]");
  for (; n < (int)length - 1; n++) body[n] = ' ';
  body[n] = '}';
  return body;
}

static char *file(const char *name) {
  FILE *f = fopen(name, "r");
  if (!f) die(name);
  fseek(f, 0, SEEK_END);
  long length = ftell(f);
  rewind(f);
  char *text = calloc(1, length + 1);
  if (fread(text, 1, length, f) != (size_t)length) die(name);
  fclose(f);
  return text;
}

static void prepare(const char *path, size_t body_length) {
  char *body = getenv("LOAD_BODY") ? file(getenv("LOAD_BODY")) : question(path, body_length);
  int n = asprintf(&request,
                   "POST %s HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: application/json\r\n"
                   "Authorization: Bearer sk-0123456789\r\nUser-Agent: OpenAI/Python 1.0\r\n"
                   "Accept: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                   path, port, strlen(body), body);
  if (n < 0) die("request");
  request_length = n;
}

static void read_from(struct conn *c, i64 warm) {
  static char buf[262144];
  ssize_t n = recv(c->fd, buf, sizeof buf - 1, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    errors++;
    close(c->fd);
    open_connection(c);
    fire(c);
    return;
  }
  i64 at = now();
  int measured = at >= warm;
  if (measured) bytes += n;
  if (mode == JSON) take_json(c, buf, n, at, measured);
  else take_stream(c, buf, n, at, measured);
}

int main(int argc, char **argv) {
  if (argc < 7) {
    fprintf(stderr, "load PORT json|sse|ttft CONNECTIONS SECONDS WARM_SECONDS PATH"
                    " [BODY_BYTES] [RAMP_MICROS]\n");
    return 2;
  }
  port = atoi(argv[1]);
  mode = !strcmp(argv[2], "json") ? JSON : !strcmp(argv[2], "sse") ? SSE : TTFT;
  int connections = atoi(argv[3]), ramp = argc > 8 ? atoi(argv[8]) : 0;
  double secs = atof(argv[4]), warm_secs = atof(argv[5]);
  signal(SIGPIPE, SIG_IGN);
  prepare(argv[6], argc > 7 ? atoi(argv[7]) : 200);
  ep = epoll_create1(0);
  struct conn *all = calloc(connections, sizeof *all);
  i64 start = now();
  for (int i = 0; i < connections; i++) {
    open_connection(all + i);
    fire(all + i);
    if (ramp) usleep(ramp);
  }
  i64 ramped = now(), warm = ramped + warm_secs * 1e9, end = warm + secs * 1e9;
  static struct epoll_event ready[1024];
  while (now() < end) {
    int n = epoll_wait(ep, ready, 1024, 100);
    for (int i = 0; i < n; i++) read_from(ready[i].data.ptr, warm);
  }
  printf("conns=%d ops/s=%.0f p50=%.1fus p90=%.1fus p99=%.1fus p99.9=%.1fus max=%.1fms errs=%lld"
         " reqs=%lld MB/s=%.1f rampms=%.0f\n",
         connections, (mode == SSE ? events : requests) / secs, percentile(.5), percentile(.9),
         percentile(.99), percentile(.999), longest / 1e6, errors, requests, bytes / secs / 1e6,
         (ramped - start) / 1e6);
  return 0;
}
