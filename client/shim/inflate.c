#include "inflate.h"

#include <stdint.h>
#include <string.h>

enum { MAX_BITS = 15, LITERALS = 288, DISTANCES = 32, LENGTH_CODES = 19, END_OF_BLOCK = 256, FAST_BITS = 9 };

struct input {
  const unsigned char *next, *end;
  uint64_t bits;
  int count;
  bool is_over; /* More bits were taken than there are. */
};

/* Canonical Huffman codes (RFC 1951, 3.2.2). */
struct codes {
  uint16_t fast[1 << FAST_BITS]; /* Length in the low four bits, symbol above; 0: the code is longer. */
  uint16_t count[MAX_BITS + 1], symbols[LITERALS];
};

static void fill(struct input *input)
{
  while (input->count <= 48 && input->next < input->end) {
    input->bits |= (uint64_t)*input->next++ << input->count;
    input->count += 8;
  }
}

static unsigned take(struct input *input, int wanted)
{
  if (input->count < wanted) fill(input);
  if (input->count < wanted) {
    input->is_over = true;
    return 0;
  }
  unsigned value = (unsigned)(input->bits & ((1ULL << wanted) - 1));
  input->bits >>= wanted;
  input->count -= wanted;
  return value;
}

/* Codes are stored with their first bit lowest. */
static unsigned reversed(unsigned code, int length)
{
  unsigned result = 0;
  for (int i = 0; i < length; i++) result |= (code >> i & 1) << (length - 1 - i);
  return result;
}

/* False: there are more codes than fit. */
static bool make_codes(struct codes *codes, const unsigned char *lengths, int count)
{
  uint16_t offset[MAX_BITS + 2] = { 0 };
  unsigned next[MAX_BITS + 2] = { 0 };
  memset(codes, 0, sizeof *codes);
  for (int i = 0; i < count; i++) codes->count[lengths[i]]++;
  codes->count[0] = 0;
  int left = 1;
  for (int length = 1; length <= MAX_BITS; length++) {
    left = left * 2 - codes->count[length];
    if (left < 0) return false;
    offset[length + 1] = (uint16_t)(offset[length] + codes->count[length]);
    next[length + 1] = (next[length] + codes->count[length]) << 1;
  }
  for (int symbol = 0; symbol < count; symbol++) {
    int length = lengths[symbol];
    if (length == 0) continue;
    codes->symbols[offset[length]++] = (uint16_t)symbol;
    unsigned code = reversed(next[length]++, length);
    if (length > FAST_BITS) continue;
    for (; code < 1 << FAST_BITS; code += 1U << length) codes->fast[code] = (uint16_t)(symbol << 4 | length);
  }
  return true;
}

/* -1: the input holds no such code. */
static int decode(struct input *input, const struct codes *codes)
{
  if (input->count < MAX_BITS) fill(input);
  unsigned fast = codes->fast[input->bits & ((1 << FAST_BITS) - 1)];
  if (fast != 0 && (int)(fast & 15) <= input->count) {
    take(input, (int)(fast & 15));
    return (int)(fast >> 4);
  }
  int code = 0, first = 0, index = 0;
  for (int length = 1; length <= MAX_BITS; length++) {
    code |= (int)take(input, 1);
    if (input->is_over) return -1;
    int count = codes->count[length];
    if (code - first < count) return codes->symbols[index + code - first];
    index += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  return -1;
}

static bool copy_back(struct bytes *content, size_t start, size_t distance, size_t length)
{
  if (distance == 0 || distance > content->length - start) return false;
  bytes_reserve(content, length);
  for (; length > 0; length--, content->length++) content->data[content->length] = content->data[content->length - distance];
  return true;
}

/* Lengths from 3, distances from 1: groups of codes with one more extra bit each (RFC 1951, 3.2.5). */
static size_t length_of(struct input *input, int symbol)
{
  int code = symbol - 257;
  if (code < 8) return (size_t)code + 3;
  if (code == 28) return 258;
  int extra = code / 4 - 1;
  return ((4U + (unsigned)code % 4) << extra) + take(input, extra) + 3;
}

static size_t distance_of(struct input *input, int code)
{
  if (code < 4) return (size_t)code + 1;
  int extra = code / 2 - 1;
  return ((2U + (unsigned)code % 2) << extra) + take(input, extra) + 1;
}

static bool unpack_block(struct input *input, const struct codes *literals, const struct codes *distances, size_t limit,
                         struct bytes *content, size_t start)
{
  for (;;) {
    int symbol = decode(input, literals);
    if (symbol < 0 || symbol > 285) return false;
    if (symbol == END_OF_BLOCK) return true;
    size_t length = symbol < END_OF_BLOCK ? 1 : length_of(input, symbol);
    if (content->length + length > limit) return false;
    if (symbol < END_OF_BLOCK) {
      bytes_add(content, &(char){ (char)symbol }, 1);
      continue;
    }
    int code = decode(input, distances);
    if (code < 0 || code > 29) return false;
    if (!copy_back(content, start, distance_of(input, code), length) || input->is_over) return false;
  }
}

static bool unpack_stored(struct input *input, size_t limit, struct bytes *content)
{
  take(input, input->count % 8);
  unsigned length = take(input, 16), inverse = take(input, 16);
  if (input->is_over || length != (inverse ^ 0xffff) || content->length + length > limit) return false;
  for (; length > 0 && !input->is_over; length--) bytes_add(content, &(char){ (char)take(input, 8) }, 1);
  return !input->is_over;
}

static bool fixed_codes(struct codes *literals, struct codes *distances)
{
  unsigned char lengths[LITERALS];
  for (int i = 0; i < LITERALS; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  bool made = make_codes(literals, lengths, LITERALS);
  memset(lengths, 5, DISTANCES);
  return made && make_codes(distances, lengths, DISTANCES);
}

static bool read_codes(struct input *input, struct codes *literals, struct codes *distances)
{
  static const unsigned char order[LENGTH_CODES] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
  unsigned char lengths[LITERALS + DISTANCES] = { 0 };
  int literal_count = (int)take(input, 5) + 257, distance_count = (int)take(input, 5) + 1;
  int length_count = (int)take(input, 4) + 4, total = literal_count + distance_count;
  if (literal_count > LITERALS) return false;
  for (int i = 0; i < length_count; i++) lengths[order[i]] = (unsigned char)take(input, 3);
  if (!make_codes(literals, lengths, LENGTH_CODES)) return false;
  memset(lengths, 0, sizeof lengths);
  for (int i = 0; i < total;) {
    int symbol = decode(input, literals);
    if (symbol < 0) return false;
    if (symbol < 16) {
      lengths[i++] = (unsigned char)symbol;
      continue;
    }
    if (symbol == 16 && i == 0) return false;
    unsigned char repeated = symbol == 16 ? lengths[i - 1] : 0;
    int times = symbol == 16 ? 3 + (int)take(input, 2) : symbol == 17 ? 3 + (int)take(input, 3) : 11 + (int)take(input, 7);
    if (i + times > total) return false;
    while (times-- > 0) lengths[i++] = repeated;
  }
  return !input->is_over && make_codes(literals, lengths, literal_count) &&
         make_codes(distances, lengths + literal_count, distance_count);
}

bool inflate(const struct bytes *stream, size_t room, struct bytes *content)
{
  static struct codes literals, distances;
  const unsigned char *data = (const unsigned char *)stream->data;
  if (stream->length < 2 || (data[0] & 15) != 8 || (data[0] << 8 | data[1]) % 31 != 0 || (data[1] & 32) != 0) return false;
  struct input input = { .next = data + 2, .end = data + stream->length };
  size_t start = content->length, limit = start + room;
  for (bool is_last = false; !is_last;) {
    is_last = take(&input, 1) == 1;
    unsigned kind = take(&input, 2);
    if (input.is_over || kind == 3) return false;
    bool done = kind == 0 ? unpack_stored(&input, limit, content)
                          : (kind == 1 ? fixed_codes(&literals, &distances) : read_codes(&input, &literals, &distances)) &&
                              unpack_block(&input, &literals, &distances, limit, content, start);
    if (!done) return false;
  }
  return true;
}
