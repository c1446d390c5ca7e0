// Guards what is published: the tarball alone, in an empty project, runs and can be imported, each part by itself.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startProcess, UNCOMPILED } from "../cli/process.ts";
import { freePort } from "../servers/free-port.ts";
import { type Installed, link, packAndInstall, type PackageManifest } from "./pack.ts";

const PRACTICES = ["authentication", "authorization", "rate-limiting", "validation", "monitoring", "transport"];
/** What a practice alone must never load, beside the other practices. */
const UPPER = ["egress", "configuration", "node", "gateway", "adapters", "cli"];

const root = path.join(import.meta.dirname, "..", "..");
const declared = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as PackageManifest;
const modules = Object.entries(declared.exports).filter(([, target]) => typeof target !== "string");
const subpaths = modules.map(([subpath]) => subpath.replace(/^\./, "portcullis"));

let installed: Installed;

beforeAll(() => {
  installed = packAndInstall();
});

afterAll(() => installed?.remove());

function node(...argv: string[]) {
  return spawnSync(process.execPath, argv, { cwd: installed.project, encoding: "utf8", timeout: 120_000 });
}

function portcullis(...argv: string[]) {
  return node(path.join(installed.installed, installed.manifest.bin["portcullis"] as string), ...argv);
}

describe("the tarball", () => {
  it("holds what is compiled and what explains it, nothing else", () => {
    const allowed =
      /^(package\.json|LICENSE|README\.md|(configuration|findings|portcullis-test)\.schema\.json|(bin|data|dist|docs)\/.*)$/;
    expect(installed.files.filter((file) => !allowed.test(file))).toEqual([]);
    // Rules of detection bring the events that they must tell and those that they must not.
    const own = installed.files.filter((file) => !/^data\/detections\/[\w-]+\.test\.yaml$/.test(file));
    expect(own.filter((file) => /(^|\/)\.|\.map$|(?<!\.d)\.ts$|\.test\.|\.png$/.test(file))).toEqual([]);
    expect(installed.files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "dist/index.js"]));
  });

  it("has every file that its exports name", () => {
    const named = Object.values(installed.manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : [target.types, target.default],
    );
    expect(named.filter((file) => !existsSync(path.join(installed.installed, file)))).toEqual([]);
  });
});

describe("the command, installed", () => {
  it("tells its version", () => {
    const ended = portcullis("--version");
    expect(ended).toMatchObject({ status: 0, stderr: "" });
    expect(ended.stdout.trim()).toBe(installed.manifest.version);
  });

  it("judges a configuration, right and wrong", () => {
    const folder = path.join(installed.project, "api");
    mkdirSync(folder);
    const configuration = path.join(folder, "portcullis.yaml");
    writeFileSync(
      path.join(folder, "openapi.yaml"),
      `openapi: 3.1.0
info: { title: Clock, version: 1.0.0 }
paths:
  /time:
    get:
      operationId: readTime
      security: []
      responses: { "200": { description: The time } }
`,
    );
    writeFileSync(configuration, "openapi: openapi.yaml\nupstream: http://127.0.0.1:3000\n");
    const right = portcullis("check", "--config", configuration);
    expect([right.status, right.stderr]).toEqual([0, ""]);
    writeFileSync(configuration, "openapi: openapi.yaml\nupstraem: http://127.0.0.1:3000\n");
    const wrong = portcullis("check", "--config", configuration);
    expect(wrong.status).toBe(1);
    expect(wrong.stdout + wrong.stderr).toContain("upstraem");
  });

  it.skipIf(!existsSync("/proc/self/status"))("stays small in front of the sample API", async () => {
    const folder = path.join(installed.project, "sample");
    mkdirSync(folder);
    const document = path.join(root, "examples", "orders", "openapi.yaml");
    const text = `openapi: ${document}\nupstream: http://127.0.0.1:9\ntransport: { listen: 0, adminListen: off, tls: dangerouslyOff }\n`;
    writeFileSync(path.join(folder, "portcullis.yaml"), text);
    const command = path.join(installed.installed, installed.manifest.bin["portcullis"] as string);
    const started = startProcess(["start", "--observe"], folder, command, UNCOMPILED);
    const [, url = ""] = await started.errorShows(/ at (http:\S+) /);
    expect(started.memoryMB()).toBeLessThan(130);
    expect((await fetch(`${url}/orders`)).status).toBe(502);
    expect(started.memoryMB()).toBeLessThan(140);
  });
});

describe.skipIf(!existsSync("/proc/self/status"))("the gateway with its authorization server, installed", () => {
  const PASSWORD = "correct horse battery";

  /** Packages that are loaded for a file of the package. */
  function packagesOf(file: string): string[] {
    const script = `
      import { registerHooks } from "node:module";
      const loaded = new Set();
      registerHooks({ load: (url, context, next) => {
        const [, name] = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url) ?? [];
        if (name !== undefined) loaded.add(name);
        return next(url, context);
      } });
      await import(${JSON.stringify(pathToFileURL(path.join(installed.installed, file)).href)});
      if (process.moduleLoadList.includes("NativeModule internal/deps/undici/undici")) loaded.add("node's fetch");
      console.log(JSON.stringify([...loaded]));`;
    const ended = node("--input-type=module", "--eval", script);
    if (ended.status !== 0) throw new Error(ended.stderr);
    return JSON.parse(ended.stdout) as string[];
  }

  it("each of the two loads what it needs, and nothing of the other's", () => {
    const rare = ["pg", "nodemailer", "@simplewebauthn/server", "node's fetch"];
    const ofGateway = packagesOf("dist/cli/start.js");
    expect(ofGateway).toEqual(expect.arrayContaining(["undici", "zod"]));
    expect(["kysely", "oidc-provider", "jose", ...rare].filter((name) => ofGateway.includes(name))).toEqual([]);
    const ofIdentity = packagesOf("dist/cli/identity/serving.js");
    expect(ofIdentity).toEqual(expect.arrayContaining(["kysely", "oidc-provider"]));
    // The protocol core imports `node:http`, which brings Node's own `fetch` with it: nothing of ours can help that.
    const others = ["undici", "zod", "yaml", "ajv", ...rare.slice(0, -1)];
    expect(others.filter((name) => ofIdentity.includes(name))).toEqual([]);
  });

  it("stays below 220 MB, also after people signed up", async () => {
    const folder = path.join(installed.project, "identity");
    mkdirSync(folder);
    const [gatewayPort, identityPort] = [await freePort(), await freePort()];
    const settings = {
      openapi: path.join(root, "examples", "orders", "openapi.yaml"),
      upstream: "http://127.0.0.1:9",
      transport: {
        listen: gatewayPort,
        adminListen: "off",
        tls: "dangerouslyOff",
        publicUrl: `http://localhost:${gatewayPort}`,
      },
      authentication: { oauth: { issuer: "built-in", audience: "https://orders.example.com" } },
      identity: { secrets: ["${IDENTITY_SECRET}"], listen: identityPort, mail: { folder: "mail" } },
    };
    writeFileSync(path.join(folder, "portcullis.yaml"), JSON.stringify(settings));
    const command = path.join(installed.installed, installed.manifest.bin["portcullis"] as string);
    const env = { ...UNCOMPILED, IDENTITY_SECRET: randomBytes(32).toString("base64") };
    const started = startProcess(["start"], folder, command, env);
    await started.errorShows(/ at http:/);
    const together = () => started.memoryMB() + (started.childrensMB()[0] as number);
    expect(started.childrensMB()).toHaveLength(1);
    // Some seconds after the start it gives back what starting took.
    await expect.poll(together, { timeout: 90_000, interval: 250 }).toBeLessThan(212);
    const register = (email: string) =>
      fetch(`http://localhost:${gatewayPort}/identity/api/register`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email, password: PASSWORD }),
      }).then(({ status }) => status);
    for (let i = 0; i < 10; i += 1) {
      const three = [1, 2, 3].map((j) => register(`ann-${i}-${j}@example.com`));
      // oxlint-disable-next-line no-await-in-loop -- as many at once as are hashed at once
      expect(await Promise.all(three)).toEqual([202, 202, 202]);
    }
    // The hashes of three passwords at once take 58 MB; nothing of it stays.
    expect(started.childrensMB()[0]).toBeLessThan(125);
    started.signal("SIGTERM");
    expect(await started.ended).toBe(0);
  });
});

describe("each subpath, imported alone", () => {
  /** Names that it exports, and all files of the package that were loaded for it. */
  function importAlone(subpath: string): { names: string[]; loaded: string[] } {
    const base = pathToFileURL(`${installed.installed}/`).href;
    const script = `
      import { registerHooks } from "node:module";
      const loaded = [];
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
      const names = Object.keys(await import(${JSON.stringify(subpath)}));
      console.log(JSON.stringify({ names, loaded }));`;
    const ended = node("--input-type=module", "--eval", script);
    if (ended.status !== 0) throw new Error(ended.stderr);
    const { names, loaded } = JSON.parse(ended.stdout) as { names: string[]; loaded: string[] };
    const own = loaded.filter((url) => url.startsWith(base)).map((url) => url.slice(base.length));
    return { names, loaded: own };
  }

  it.each(subpaths)("%s exports something, without its peers", (subpath) => {
    const { names, loaded } = importAlone(subpath);
    expect(names.length).toBeGreaterThan(0);
    expect(names).not.toContain("default");
    expect(loaded.length).toBeGreaterThan(0);
  });

  it.each(PRACTICES)("portcullis/%s drags in no other practice and nothing above", (practice) => {
    const others = [...PRACTICES, ...UPPER].filter((folder) => folder !== practice);
    const { loaded } = importAlone(`portcullis/${practice}`);
    expect(loaded.filter((file) => others.some((folder) => file.startsWith(`dist/${folder}/`)))).toEqual([]);
  });

  it("has types that a strict consumer compiles", () => {
    const lines = subpaths.map((subpath, i) => `import * as part${i} from "${subpath}";\nvoid part${i};`);
    writeFileSync(path.join(installed.project, "package.json"), '{ "type": "module" }');
    writeFileSync(path.join(installed.project, "consumer.ts"), lines.join("\n"));
    for (const name of ["@types/node", "@types/express", "undici-types"]) link(installed.project, name);
    const flags = ["--noEmit", "--strict", "--module", "nodenext", "--types", "node", "--target", "es2024"];
    const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
    const ended = node(tsc, ...flags, "consumer.ts");
    expect(ended.stdout + ended.stderr).toBe("");
  });
});
