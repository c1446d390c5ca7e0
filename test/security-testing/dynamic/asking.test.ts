// Guards whom a sign-in over TLS believes: the authority that the run was told of, and those that are trusted anyway beside it.
import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { openAsking } from "../../../src/security-testing/dynamic/sign-in/asking.ts";
import { opensslCertificate, type TestCertificate } from "../../gateway/certificates.ts";

const folder = mkdtempSync(path.join(tmpdir(), "portcullis-asking-"));
afterAll(() => rmSync(folder, { recursive: true }));
const made = (name: string) =>
  opensslCertificate(folder, name, ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);

async function served({ cert, key }: TestCertificate): Promise<string> {
  const server = createServer({ cert, key }, (_, response) => void response.end("there"));
  server.on("tlsClientError", () => undefined);
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

it("asks a private gate and an issuer whom everybody trusts, and nobody else", async () => {
  const [gate, issuer, stranger] = [made("gate"), made("issuer"), made("stranger")];
  const known = getCACertificates("default");
  onTestFinished(() => setDefaultCACertificates(known));
  setDefaultCACertificates([...known, issuer.ca]);
  const { ask, close } = openAsking(gate.ca);
  onTestFinished(close);
  expect((await ask(await served(gate))).text).toBe("there");
  expect((await ask(await served(issuer))).text).toBe("there");
  await expect(ask(await served(stranger))).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
});
