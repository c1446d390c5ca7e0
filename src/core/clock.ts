// The port to time: wall time for claims and records, monotonic time for durations and limits.

export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. Can jump: never used for limits or durations. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start, with a fraction. Never goes back. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
