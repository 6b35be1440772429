/** What all connections of one caller may use together: memory for input, and frames per second. Pure but for the clock. */

export interface InputBudget {
  /** false: the bytes do not fit any more, nothing was taken. */
  readonly take: (bytes: number) => boolean;
  readonly give: (bytes: number) => void;
}

export function createInputBudget(limitBytes: () => number): InputBudget {
  let used = 0;
  return {
    take: (bytes) => {
      if (used + bytes > limitBytes()) return false;
      used += bytes;
      return true;
    },
    give: (bytes) => {
      used -= bytes;
    },
  };
}

/** A token bucket that holds the frames of one second. */
export interface RateLimit {
  /** Milliseconds until the next frame may be served, 0: now. */
  readonly delayMs: () => number;
  /** A frame of so many bytes was served; a large one counts as several. */
  readonly take: (bytes: number) => void;
}

/** Reading a frame of this length takes about as long as everything else that one costs. */
const bytesPerToken = 8192;

/** `now` in milliseconds, monotonic. */
export function createRateLimit(perSecond: () => number, now: () => number): RateLimit {
  let tokens = perSecond();
  let filledAt = now();
  return {
    delayMs: () => {
      const time = now();
      tokens = Math.min(perSecond(), tokens + ((time - filledAt) / 1000) * perSecond());
      filledAt = time;
      return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / perSecond()) * 1000);
    },
    take: (bytes) => {
      tokens -= 1 + bytes / bytesPerToken;
    },
  };
}
