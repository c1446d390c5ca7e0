// Guards `portcullis start`: from flags alone to a serving gateway and a graceful end, with a sentence where it cannot.
import { readFileSync } from "node:fs";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { DOCUMENT } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { begin, run } from "./running.ts";

async function upstream(): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(204).end());
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function status(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response: IncomingMessage) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
}

const OAUTH = "authentication: { oauth: { issuer: http://127.0.0.1:9/, audience: a } }\n";
const PLAIN = `transport: { listen: 0, adminListen: 0, tls: dangerouslyOff }\nmonitoring: { sinks: [{ file: audit.ndjson }] }\n`;

describe("start", () => {
  it("serves, says where and with which defaults, and ends in order", async () => {
    const cwd = folderWith({ "api.yaml": DOCUMENT, "portcullis.yaml": `openapi: api.yaml\n${OAUTH}${PLAIN}` });
    const started = begin(["start", "--upstream", await upstream()], { cwd });
    const [, url = ""] = await started.errorShows(/ at (http:\S+)\n/);
    const [, health = ""] = await started.errorShows(/health +(http:\S+)\/readyz/);
    await started.errorShows(/policy +[0-9a-f]{12}/);
    expect([await status(`${url}/health`), await status(`${url}/orders/7`), await status(`${url}/no`)]).toEqual([
      204, 401, 404,
    ]);
    expect(await status(`${health}/livez`)).toBe(200);
    expect(await status(`${health}/readyz`)).toBe(503); // the issuer never answered: no keys yet
    started.stop("SIGTERM");
    const { code, out, err } = await started.ended;
    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(err).toContain("warning  portcullis.yaml:3:");
    expect(err).toContain("Portcullis protects Shop (3 operations)");
    expect(err).toContain(
      "limits     100 in 15 minutes for each subject, else address; 1000 in 1 minute for each address over all; 20 in 15 minutes failed authentications",
    );
    expect(err).toContain("checks     requests enforce, answers monitor");
    expect(err).toMatch(/SIGTERM: draining\n$/);
    await expect(status(`${url}/health`)).rejects.toThrow("ECONNREFUSED");
  });

  it("ends in order also where it is told to while it still says where it serves", async () => {
    const cwd = folderWith({ "api.yaml": DOCUMENT, "portcullis.yaml": `openapi: api.yaml\n${OAUTH}${PLAIN}` });
    const { code, err } = await run(["start", "--upstream", await upstream()], { cwd, endAt: /Portcullis protects/ });
    expect(code).toBe(0);
    expect(err).toMatch(/SIGTERM: draining\n$/);
    expect(readFileSync(path.join(cwd, "audit.ndjson"), "utf8")).toContain('"code":"gateway.stopped"');
  });

  const operation = (security: string) => `responses: { default: { description: d } }, security: [${security}]`;
  const ID = "parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]";
  const SOME = `  /orders/{id}: { get: { ${ID}, ${operation("{ oauth: [] }")} } }\n`;
  const ALL = `  /all: { get: { ${operation("{ oauth: [] }")} } }\n`;
  it.each([
    ["the root where each operation needs a parameter", SOME, "/"],
    ["what needs none", SOME + ALL, "/all"],
    ["what is public", `${SOME}${ALL}  /health: { get: { ${operation("")} } }\n`, "/health"],
  ])("names the public address in the curl to try (by any other: 421), and %s", async (_title, paths, found) => {
    const scheme = "components: { securitySchemes: { oauth: { type: http, scheme: bearer } } }\n";
    const document = `openapi: 3.1.0\ninfo: { title: Shop, version: "1" }\npaths:\n${paths}${scheme}`;
    const transport = `transport: { listen: 0, adminListen: off, publicUrl: "https://localhost:8443" }\nmonitoring: { sinks: [] }\n`;
    const cwd = folderWith({ "api.yaml": document, "portcullis.yaml": `openapi: api.yaml\n${OAUTH}${transport}` });
    const started = begin(["start", "--upstream", await upstream()], { cwd });
    const [, url] = await started.errorShows(/ {2}try +curl --cacert (?:[^\s']+|'[^']+') (\S+)\n/);
    expect(url).toBe(`https://localhost:8443${found}`);
    started.stop("SIGTERM");
    await started.ended;
  });

  it("needs nothing but flags; --observe refuses nothing and says so", async () => {
    const cwd = folderWith({ "api.yaml": DOCUMENT });
    const flags = ["--openapi", "api.yaml", "--upstream", await upstream(), "--listen", "127.0.0.1:0"];
    const text = "openapi: x\ntransport: { adminListen: off, tls: dangerouslyOff }\nmonitoring: { sinks: [] }\n";
    const started = begin(["start", "--observe", "--config", "c.yaml", ...flags], {
      cwd: folderWith({ "api.yaml": DOCUMENT, "c.yaml": text }),
    });
    const [, url = ""] = await started.errorShows(/ at (http:\S+) \(observing: nothing is refused\)\n/);
    expect([await status(`${url}/orders/7`), await status(`${url}/no`)]).toEqual([204, 204]);
    started.stop();
    const { code, err } = await started.ended;
    expect(code).toBe(0);
    expect(err).toContain("checks     requests monitor, answers monitor\n");
    expect(err).toContain(
      "report     add { file: audit.ndjson } to monitoring.sinks, then portcullis report; or start with > audit",
    );
    const enforced = await run(["start", ...flags], { cwd });
    expect(enforced).toMatchObject({ code: 1 });
    expect(enforced.err).toContain("or start with --issuer and --audience");
  });

  it("says that a name to listen on is none, and what to write", async () => {
    const cwd = folderWith({ "api.yaml": DOCUMENT, "portcullis.yaml": `openapi: api.yaml\n${OAUTH}${PLAIN}` });
    const { code, err } = await run(["start", "--upstream", await upstream(), "--listen", "300.1.1.1:8443"], { cwd });
    expect(code).toBe(2);
    expect(err).toContain(
      "error  300.1.1.1 is no address, and no name that this machine knows\n       Listen on 0.0.0.0",
    );
  });

  it("says which port is taken, and leaves nothing open", async () => {
    const taken = new URL(await upstream());
    const cwd = folderWith({ "api.yaml": DOCUMENT, "portcullis.yaml": `openapi: api.yaml\n${OAUTH}${PLAIN}` });
    const { code, err } = await run(["start", "--upstream", taken.origin, "--listen", taken.host], { cwd });
    expect(code).toBe(2);
    expect(err).toContain(`error  ${taken.host} is taken by another process\n       Choose another with --listen`);
  });

  it("says that it needs an upstream", async () => {
    const cwd = folderWith({ "api.yaml": DOCUMENT, "portcullis.yaml": `openapi: api.yaml\n${OAUTH}` });
    const { code, err } = await run(["start"], { cwd });
    expect({ code, err }).toEqual({
      code: 2,
      err: "error  it is not said which API to protect\n       Set `upstream`, or --upstream http://127.0.0.1:3000\n",
    });
  });

  it("names every mistake at once and starts nothing", async () => {
    const cwd = folderWith({
      "api.yaml": DOCUMENT,
      "portcullis.yaml": "openapi: api.yaml\nupstream: http://a\noperations: { x: {}, y: {} }\n",
    });
    const { code, err, out } = await run(["start"], { cwd });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err.match(/^error /gm)).toHaveLength(3);
    expect(err).toContain("\n3 errors\n");
  });

  it("keeps advice for check, and says how much there is", async () => {
    const document = DOCUMENT.replace(
      "  /health:",
      "  /orders/all:\n    get: { operationId: all, security: [], responses: { default: { description: x } } }\n  /health:",
    );
    const cwd = folderWith({ "api.yaml": document, "portcullis.yaml": `openapi: api.yaml\n${OAUTH}${PLAIN}` });
    const started = begin(["start", "--upstream", await upstream()], { cwd });
    await started.errorShows(/ at http/);
    started.stop();
    expect((await started.ended).err).toMatch(/^1 advice: see portcullis check$/m);
  });
});
