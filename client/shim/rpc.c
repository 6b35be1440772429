#include "rpc.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_HEADER = 4096, MAX_FRAME = 128 << 20, READ_AHEAD = 16384, KEEP = 65536 };

static const char length_header[] = "Content-Length: ";
static const char binary_header[] = "\r\nContent-Type: application/octet-stream";
static const char header_end[] = "\r\n\r\n";

bool rpc_connect(struct connection *connection, const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    int reason = errno;
    close(fd);
    errno = reason;
    return false;
  }
  connection->fd = fd;
  return true;
}

void rpc_close(struct connection *connection)
{
  if (connection->fd >= 0) close(connection->fd);
  bytes_free(&connection->input);
  connection->start = 0;
  connection->fd = -1;
}

static bool send_all(int fd, struct iovec *parts, size_t count)
{
  while (count > 0) {
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = count };
    ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    size_t rest = (size_t)sent;
    while (count > 0 && rest >= parts->iov_len) {
      rest -= parts->iov_len;
      parts++;
      count--;
    }
    if (count > 0) {
      parts->iov_base = (char *)parts->iov_base + rest;
      parts->iov_len -= rest;
    }
  }
  return true;
}

static void add_header(struct bytes *headers, size_t length, bool binary)
{
  bytes_text(headers, length_header);
  bytes_number(headers, (long long)length);
  if (binary) bytes_text(headers, binary_header);
  bytes_text(headers, header_end);
}

bool rpc_send(struct connection *connection, const struct bytes *attachments, int count, const struct bytes *body)
{
  struct bytes headers = { 0 };
  size_t ends[MAX_ATTACHMENTS + 1];
  const struct bytes *frames[MAX_ATTACHMENTS + 1];
  for (int i = 0; i <= count; i++) {
    frames[i] = i < count ? &attachments[i] : body;
    add_header(&headers, frames[i]->length, i < count);
    ends[i] = headers.length;
  }

  struct iovec parts[2 * (MAX_ATTACHMENTS + 1)];
  for (int i = 0; i <= count; i++) {
    size_t start = i == 0 ? 0 : ends[i - 1];
    parts[2 * i] = (struct iovec){ headers.data + start, ends[i] - start };
    parts[2 * i + 1] = (struct iovec){ frames[i]->data, frames[i]->length };
  }
  bool sent = send_all(connection->fd, parts, 2 * ((size_t)count + 1));
  bytes_free(&headers);
  return sent;
}

void rpc_cancel_frame(struct bytes *frame, int id)
{
  struct bytes body = { 0 };
  bytes_text(&body, "{\"jsonrpc\":\"2.0\",\"method\":\"$/cancelRequest\",\"params\":{\"id\":");
  bytes_number(&body, id);
  bytes_text(&body, "}}");
  add_header(frame, body.length, false);
  bytes_add(frame, body.data, body.length);
  bytes_free(&body);
}

struct frame {
  char *body;
  size_t length;
  bool binary;
};

enum framing { FRAME_PARTIAL, FRAME_WHOLE, FRAME_BROKEN };

/* The value of one header line if it has this name, else NULL. */
static const char *header_value(const char *line, size_t length, const char *name, size_t *value_length)
{
  size_t name_length = strlen(name);
  if (length < name_length || strncasecmp(line, name, name_length) != 0) return NULL;
  const char *value = line + name_length;
  while (value < line + length && *value == ' ') value++;
  *value_length = (size_t)(line + length - value);
  return value;
}

static bool parse_length(const char *digits, size_t count, size_t *length)
{
  *length = 0;
  if (count == 0 || count > 9) return false;
  for (size_t i = 0; i < count; i++) {
    if (digits[i] < '0' || digits[i] > '9') return false;
    *length = *length * 10 + (size_t)(digits[i] - '0');
  }
  return *length <= MAX_FRAME;
}

static bool parse_headers(const char *at, const char *end, struct frame *frame)
{
  static const char binary[] = "application/octet-stream";
  bool has_length = false;
  frame->binary = false;
  while (at < end) {
    const char *line_end = memmem(at, (size_t)(end - at), "\r\n", 2);
    if (line_end == NULL) line_end = end;
    size_t length, line_length = (size_t)(line_end - at);
    const char *value = header_value(at, line_length, "Content-Length:", &length);
    if (value != NULL) {
      if (!parse_length(value, length, &frame->length)) return false;
      has_length = true;
    }
    value = header_value(at, line_length, "Content-Type:", &length);
    if (value != NULL) {
      frame->binary = length >= sizeof binary - 1 && strncasecmp(value, binary, sizeof binary - 1) == 0;
    }
    at = line_end == end ? end : line_end + 2;
  }
  return has_length;
}

/* The frame at the start of the input. Until it is whole, room for the rest of it is made. */
static enum framing next_frame(struct connection *connection, struct frame *frame)
{
  struct bytes *input = &connection->input;
  size_t available = input->length - connection->start;
  if (available == 0) return FRAME_PARTIAL;
  char *start = input->data + connection->start;
  char *end = memmem(start, available < MAX_HEADER ? available : MAX_HEADER, header_end, 4);
  if (end == NULL) return available < MAX_HEADER ? FRAME_PARTIAL : FRAME_BROKEN;
  if (!parse_headers(start, end, frame)) return FRAME_BROKEN;
  frame->body = end + 4;
  size_t arrived = available - (size_t)(frame->body - start);
  if (arrived >= frame->length) return FRAME_WHOLE;
  bytes_reserve(input, frame->length - arrived);
  return FRAME_PARTIAL;
}

static void drop_frame(struct connection *connection, const struct frame *frame)
{
  connection->start = (size_t)(frame->body + frame->length - connection->input.data);
  if (connection->start < connection->input.length) return;
  connection->start = 0;
  connection->input.length = 0;
  if (connection->input.capacity > KEEP) bytes_free(&connection->input);
}

/* What recv returned: 0 and negative as there. */
static ssize_t read_more(struct connection *connection, int flags)
{
  struct bytes *input = &connection->input;
  bytes_reserve(input, READ_AHEAD);
  ssize_t got = recv(connection->fd, input->data + input->length, input->capacity - input->length, flags);
  if (got > 0) input->length += (size_t)got;
  return got;
}

bool rpc_receive(struct connection *connection, struct message *message)
{
  message->text.length = 0;
  message->attachment.length = 0;
  bool has_attachment = false;
  for (;;) {
    struct frame frame;
    switch (next_frame(connection, &frame)) {
      case FRAME_BROKEN: return false;
      case FRAME_PARTIAL:
        if (connection->idle != NULL) connection->idle(connection->fd);
        ssize_t got = read_more(connection, 0);
        if (got == 0 || (got < 0 && errno != EINTR)) return false;
        break;
      case FRAME_WHOLE:
        if (frame.binary) {
          if (!has_attachment) bytes_add(&message->attachment, frame.body, frame.length);
          has_attachment = true;
          drop_frame(connection, &frame);
          break;
        }
        bytes_add(&message->text, frame.body, frame.length);
        drop_frame(connection, &frame);
        return json_read(&message->json, message->text.data, message->text.length);
    }
  }
}

void message_free(struct message *message)
{
  bytes_free(&message->text);
  bytes_free(&message->attachment);
  json_free(&message->json);
}

static bool is_cancel(const struct frame *frame)
{
  static const char method[] = "$/cancelRequest";
  struct bytes copy = { 0 };
  struct json json = { 0 };
  bytes_add(&copy, frame->body, frame->length);
  bool cancel = false;
  if (json_read(&json, copy.data, copy.length)) {
    const char *name = json_bytes(&json, json_member(&json, 0, "method"), NULL);
    cancel = name != NULL && strcmp(name, method) == 0;
  }
  json_free(&json);
  bytes_free(&copy);
  return cancel;
}

enum peek rpc_peek(struct connection *connection)
{
  for (;;) {
    struct frame frame;
    enum framing framing = next_frame(connection, &frame);
    if (framing == FRAME_BROKEN) return PEEK_GONE;
    if (framing == FRAME_WHOLE) {
      if (frame.binary || !is_cancel(&frame)) return PEEK_OTHER;
      drop_frame(connection, &frame);
      return PEEK_CANCEL;
    }
    ssize_t got = read_more(connection, MSG_DONTWAIT);
    if (got == 0) return PEEK_GONE;
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? PEEK_NOTHING : PEEK_GONE;
  }
}
