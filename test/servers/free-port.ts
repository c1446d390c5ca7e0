// A port that nobody listens on, for servers which must be told theirs before they start.
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * Below those that the kernel gives away: until it is taken, and while its server is down, nobody else gets it by chance. Above the last one
 * that `fetch` and browsers refuse to ask (10080).
 */
const PORTS = { min: 10_081, max: 32_000 };

export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.min, PORTS.max);
    // oxlint-disable-next-line no-await-in-loop -- another only where this one is taken
    if (isOurs(port) && (await isFree(port))) return port;
  }
}

/** Given once in a run, whichever of its processes asks: between the question and the server there is time for another to get it. */
function isOurs(port: number): boolean {
  try {
    writeFileSync(path.join(tmpdir(), `port-${port}`), "", { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** At all addresses: a server may listen on `localhost`, whichever that is. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port);
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
