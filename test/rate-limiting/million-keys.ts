// Run as a process of its own: what a million keys take in memory and what a request costs among one, and among a million.
import { memoryCounter } from "../../src/rate-limiting/memory-counter.ts";

const KEYS = 1_000_000;
const ROUNDS = 50_000;
let nowMs = 0;
const clock = { nowMs: () => 0, monotonicMs: () => nowMs };
const collect = (globalThis as unknown as { gc: () => void }).gc;
const bytes = (): number => {
  collect();
  collect();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
};

/** Nanoseconds of the processor for one take, the best of several rounds. */
function cost(take: (i: number) => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round += 1) {
    const before = process.cpuUsage();
    for (let i = 0; i < ROUNDS; i += 1) take(i);
    best = Math.min(best, (process.cpuUsage(before).user * 1_000) / ROUNDS);
  }
  return best;
}

const names = Array.from({ length: KEYS }, (_, i) => `user-${i}`);
const budget = { limit: 1_000, windowMs: 900_000, keys: "callers" } as const;
const before = bytes();
const counts = memoryCounter({ clock }).budget("subject", budget);
const key = ["https://issuer.example.com", ""];
const take = (name: string): void => {
  nowMs += 0.01;
  key[1] = name;
  void counts.take(key);
};
take("one");
const one = bytes() - before;
const among1 = cost(() => take("one"));
for (const name of names) take(name);
const million = bytes() - before;
const amongAMillion = cost((i) => take(names[(i * 7_919) % KEYS] as string));
for (const name of names) take(name);
for (let i = 0; i < ROUNDS; i += 1) take(`stranger-${i}`);
const crowded = bytes() - before;
const amongStrangers = cost((i) => take(`stranger-${ROUNDS + i}`));
const kept = counts.peek(["https://issuer.example.com", "user-999999"]);
process.stdout.write(JSON.stringify({ one, million, crowded, among1, amongAMillion, amongStrangers, kept }));
