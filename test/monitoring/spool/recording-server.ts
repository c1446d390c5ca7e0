// A server for the test of kills: each request is answered, then recorded, as a gateway does it, into a spool and a file of the folder that is given.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { systemClock } from "../../../src/core/clock.ts";
import { noteSigner } from "../../../src/cryptography/signed-note.ts";
import { openSpooledDelivery } from "../../../src/monitoring/delivery/spooled-delivery.ts";
import { checkpointFile, createRecorder, fileDestination, makeDiskFiles } from "../../../src/monitoring/index.ts";
import { reserveFile } from "../../../src/stores/reserved-file.ts";
import { answeredExchange } from "../exchanges.ts";

const [folder = ".", key = ""] = process.argv.slice(2);
const spool = join(folder, "spool");
const files = await makeDiskFiles(spool);
const reserved = reserveFile(join(spool, "spool"));
const rotation = { bytesMax: 200_000, keep: 1_000, gzip: true };
const path = join(folder, "audit.ndjson");
const recorder = createRecorder({
  sinks: [],
  delivery: await openSpooledDelivery({
    files,
    bytesMax: 1024 * 1024 * 1024,
    whenFull: "block",
    durability: "fsync",
    destinations: [fileDestination({ path, name: "file", level: "info", rotation, lingerMs: 20 })],
    checkpoints: {
      signer: noteSigner(key)!,
      sinks: [checkpointFile(await makeDiskFiles(folder), "checkpoints.txt", "checkpoints.txt")],
      everyMs: 50,
      everyRecords: 500,
    },
    clock: systemClock,
    release: () => reserved.release(),
  }),
});
let count = 0;
const server = createServer((_request, response) => {
  count += 1;
  const id = `${process.pid}-${count}`;
  const exchange = Object.assign(answeredExchange(), { id });
  response.on("close", () => recorder.exchange(exchange));
  response.end(id);
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
  void recorder.close().then(() => process.exit(0));
});
