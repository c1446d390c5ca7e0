// What `portcullis()` takes: settings that only a gateway has are refused in an object and told where a file is shared.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";
import express from "express";
import { expect, expectTypeOf, it, onTestFinished } from "vitest";
import { type ExpressConfiguration, portcullis } from "../../src/adapters/express.ts";
import type { Principal } from "../../src/core/principal.ts";
import { ProblemsError } from "../../src/openapi/located.ts";
import { DOCUMENT, OAUTH } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { ask } from "../gateway/harness.ts";

const GATEWAY = {
  upstream: "http://127.0.0.1:3000",
  transport: { listen: 8443, tls: "dangerouslyOff", hsts: "max-age=1", redirectFrom: 80, adminListen: "off" },
  authentication: { forward: { fields: true } },
};

it("refuses in an object what only a gateway has, all of it, with the remedy", async () => {
  const configuration = { openapi: "openapi.yaml", ...GATEWAY } as ExpressConfiguration;
  const error = await portcullis(configuration).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(ProblemsError);
  const { problems } = error as ProblemsError;
  expect(problems.map(({ position, remedy }) => `${position?.file}: ${remedy}`)).toEqual([
    "configuration.upstream: Leave upstream out.",
    "configuration.transport.listen: Leave transport.listen out.",
    "configuration.transport.tls: Leave transport.tls out.",
    "configuration.transport.hsts: Leave transport.hsts out.",
    "configuration.transport.redirectFrom: Leave transport.redirectFrom out.",
    "configuration.authentication.forward: Leave authentication.forward out.",
    "configuration.transport.adminListen: Leave transport.adminListen out.",
  ]);
});

it.each([
  ["nothing", [], "portcullis(): the configuration is needed, as an object"],
  ["a name alone", ["portcullis.yaml"], "portcullis(): the configuration is needed, as an object"],
  ["null", [null], "portcullis(): the configuration is needed, as an object"],
  ["a file that is no text", [{ file: 1 }], "portcullis(): file is no text"],
  [
    "settings beside a file, which would be ignored",
    [{ file: "portcullis.yaml", validation: { requests: "off" }, rateLimiting: [] }],
    "portcullis(): validation, rateLimiting beside file has no effect",
  ],
  ["a misspelt option", [{ file: "x" }, { unmached: "next" }], 'unknown option "unmached". Did you mean "unmatched"?'],
  ["a misspelt value", [{ file: "x" }, { unmatched: "nxt" }], "portcullis(): unmatched is neither deny nor next"],
])("refuses %s", async (_title, given, says) => {
  const call = portcullis as (...given: unknown[]) => Promise<unknown>;
  await expect(call(...given)).rejects.toThrow(ProblemsError);
  await expect(call(...given)).rejects.toThrow(says);
});

it("serves from the file that a gateway has, and records what has no effect", async () => {
  const folder = folderWith({ "api.yaml": DOCUMENT });
  const audit = path.join(folder, "audit.ndjson");
  const own =
    "upstream: http://127.0.0.1:3000\ntransport: { listen: 8443, tls: { certificate: a.crt, key: a.key }, trustedProxies: [127.0.0.1] }\n";
  const sinks = `monitoring: { sinks: [{ file: ${audit} }] }\n`;
  const file = path.join(
    folderWith({ "portcullis.yaml": `openapi: ${folder}/api.yaml\n${own}${OAUTH}${sinks}` }),
    "portcullis.yaml",
  );
  const gate = await portcullis({ file });
  const server = express().use(gate).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/none`;
  const { status, headers } = await ask(url, { headers: { "x-forwarded-proto": "https" } });
  // RFC 6797 7.2: it is for the server that speaks TLS to say.
  expect([status, headers["strict-transport-security"]]).toEqual([404, undefined]);
  server.close();
  await gate.close();
  const written = readFileSync(audit, "utf8");
  expect(written).toContain("without effect inside a framework: upstream, transport.listen, transport.tls");
  expect(written).toContain("inside Express, policy ");
});

it("takes what has an effect here", async () => {
  const folder = folderWith({ "api.yaml": DOCUMENT });
  const gate = await portcullis({
    openapi: path.join(folder, "api.yaml"),
    transport: { publicUrl: "https://api.example.com", trustedProxies: ["10.0.0.0/8"] },
    authentication: { oauth: { issuer: "https://i.example/", audience: "a" } },
    monitoring: { sinks: [{ file: path.join(folder, "audit.ndjson") }] },
  });
  onTestFinished(() => gate.close());
  expect(gate).toHaveLength(3);
});

it("has types that say so", () => {
  expectTypeOf<Express.Request["principal"]>().toEqualTypeOf<Principal>();
  // @ts-expect-error -- a listener is the application's
  const listening: ExpressConfiguration = { openapi: "a", transport: { listen: 1 } };
  // @ts-expect-error -- the application is the upstream
  const forwarding: ExpressConfiguration = { openapi: "a", upstream: "http://a" };
  // @ts-expect-error -- neither a mode nor a handler
  const options: Parameters<typeof portcullis>[1] = { unmatched: "allow" };
  expect([listening, forwarding, options]).toHaveLength(3);
});
