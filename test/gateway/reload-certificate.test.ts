// A reload that names another certificate: used for new connections once it holds, else the old one stays.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect } from "node:tls";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import type { Reloaded } from "../../src/gateway/reloader.ts";
import { ecCertificate } from "./certificates.ts";
import { hello, keep } from "./harness.ts";
import { configurationOf, documentOf, startReloadable } from "./reloading.ts";

/** Whom a new connection meets. */
function trustOf(port: number, ca: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", ca, servername: "localhost" });
    socket.once("secureConnect", () => resolve("trusted"));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    socket.once("close", () => socket.destroy());
    onTestFinished(() => void socket.destroy());
  });
}

describe("another certificate", () => {
  const folders = { first: mkdtempSync(path.join(tmpdir(), "portcullis-reload-")), second: "" };
  folders.second = path.join(folders.first, "second");
  afterAll(() => rmSync(folders.first, { recursive: true }));

  it("named by the configuration is used for new connections, or refused while the old one stays", async () => {
    const upstream = keep(await hello());
    const [first, second] = [await ecCertificate(folders.first), await ecCertificate(folders.second)];
    const text = (name: string) =>
      configurationOf(upstream.origin).replace("dangerouslyOff", `{ certificate: ${name}.crt, key: ${name}.key }`);
    const files = {
      "api.yaml": documentOf("a"),
      "portcullis.yaml": text("first"),
      "first.crt": first.cert,
      "first.key": first.key,
      "second.crt": second.cert,
      "second.key": first.key,
    };
    const { gateway, write, reload } = await startReloadable(files);
    const port = Number(new URL(gateway.url).port);
    const trusts = (ca: string) => trustOf(port, ca);
    expect(await trusts(first.ca)).toBe("trusted");
    write("portcullis.yaml", text("second"));
    const refused = (await reload()) as Extract<Reloaded, { kind: "refused" }>;
    expect(refused.problems.map(({ rule }) => rule)).toEqual(["transport.key-mismatched"]);
    expect(await trusts(first.ca)).toBe("trusted");
    write("second.key", second.key);
    expect((await reload()).kind).toBe("taken");
    expect([await trusts(second.ca), await trusts(first.ca)]).toEqual([
      "trusted",
      expect.stringMatching(/VERIFY|SELF_SIGNED|UNABLE/),
    ]);
  });

  it("in the files that are named is judged at the signal itself: told with the reload, which is refused whole", async () => {
    const upstream = keep(await hello());
    const [first, second] = [await ecCertificate(folders.first), await ecCertificate(folders.second)];
    const { gateway, write, reload, events } = await startReloadable({
      "api.yaml": documentOf("a"),
      "portcullis.yaml": configurationOf(upstream.origin).replace(
        "dangerouslyOff",
        "{ certificate: live.crt, key: live.key }",
      ),
      "live.crt": first.cert,
      "live.key": first.key,
    });
    const port = Number(new URL(gateway.url).port);
    write("api.yaml", documentOf("b"));
    const CASES = [
      ["live.crt", "not a certificate", "transport.certificate-invalid"],
      ["live.crt", second.cert, "transport.key-mismatched"],
    ] as const;
    for (const [name, text, rule] of CASES) {
      write(name, text);
      // Told each time that somebody asks, not once.
      for (let i = 0; i < 2; i += 1) {
        const refused = (await reload()) as Extract<Reloaded, { kind: "refused" }>;
        expect(refused.problems.map((problem) => problem.rule)).toEqual([rule]);
        expect(events("gateway.reload-refused").at(-1)?.portcullis?.data["rule"]).toBe(rule);
      }
    }
    expect(events("gateway.reloaded")).toEqual([]);
    expect(await trustOf(port, first.ca)).toBe("trusted");
    write("live.key", second.key);
    expect((await reload()).kind).toBe("taken");
    expect(events("transport.certificate-renewed")).toHaveLength(1);
    expect(await trustOf(port, second.ca)).toBe("trusted");
    // In use: nothing is left to renew.
    expect((await reload()).kind).toBe("taken");
    expect(events("transport.certificate-renewed")).toHaveLength(1);
  });
});
