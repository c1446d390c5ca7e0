// Node's parser is strict in the gateway, whatever the process was told.
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const OPTIONS = path.join(import.meta.dirname, "..", "..", "src", "transport", "server-options.ts");

/** Says how servers with these options answer a request with a length and a coding. */
const SCRIPT = `
import { createServer } from "node:http";
import { connect } from "node:net";
import { http1ServerOptions } from ${JSON.stringify(OPTIONS)};
const bytes = "POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n";
for (const options of [{}, http1ServerOptions()]) {
  const server = createServer(options, (request, response) => request.resume().on("end", () => response.end()));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect(server.address().port, "127.0.0.1");
  socket.write(bytes);
  const [said] = await new Promise((resolve) => socket.once("data", (...all) => resolve(all)));
  console.log(String(said).split(" ")[1]);
  socket.destroy();
  server.close();
}
`;

async function answers(...flags: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, "--input-type=module", "-e", SCRIPT]);
  return stdout.trim().split("\n");
}

it("F01 is refused also where Node was started with --insecure-http-parser, which lets it in elsewhere", async () => {
  expect(await answers("--insecure-http-parser")).toEqual(["200", "400"]);
  expect(await answers()).toEqual(["400", "400"]);
});
