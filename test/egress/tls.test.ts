// The outgoing client over TLS: an unknown authority, another name and a private authority.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createEgress } from "../../src/egress/client.ts";

const LIMITS = { timeoutMs: 5_000, bytesMax: 1_000 };
const folder = mkdtempSync(join(tmpdir(), "egress-"));
let server: Server;
let port: number;
let certificate: string;

beforeAll(async () => {
  const files = { key: join(folder, "key.pem"), cert: join(folder, "cert.pem") };
  const names = ["-subj", "/CN=keys.example", "-addext", "subjectAltName=DNS:keys.example"];
  const kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  execFileSync("openssl", [...kind, "-keyout", files.key, "-out", files.cert, ...names], { stdio: "ignore" });
  certificate = readFileSync(files.cert, "utf8");
  server = createServer({ key: readFileSync(files.key), cert: certificate }, (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end('{"a":1}');
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

it("believes known authorities for the right name only", async () => {
  const lookup = () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]);
  const trusting = createEgress({ lookup, authorities: [certificate] });
  expect(await trusting.getJson(`https://keys.example:${port}/`, LIMITS)).toEqual({ a: 1 });
  await expect(trusting.getJson(`https://other.example:${port}/`, LIMITS)).rejects.toMatchObject({
    code: "unreachable",
    message: expect.stringContaining("ERR_TLS_CERT_ALTNAME_INVALID") as string,
  });
  await expect(createEgress({ lookup }).getJson(`https://keys.example:${port}/`, LIMITS)).rejects.toMatchObject({
    code: "unreachable",
    message: expect.stringContaining("DEPTH_ZERO_SELF_SIGNED_CERT") as string,
  });
});
