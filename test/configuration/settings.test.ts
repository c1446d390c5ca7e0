// Guards what becomes of a configuration: defaults, environment, files, flags, the object in code.
import path from "node:path";
import { describe, expect, it } from "vitest";
import { findConfiguration, loadSettings } from "../../src/configuration/load.ts";
import type { Flag } from "../../src/configuration/source.ts";
import { ProblemsError } from "../../src/openapi/located.ts";
import { folderWith } from "./folder.ts";
import { asLine, load, refusals, settingsOf } from "./loading.ts";

const OAUTH = "authentication: { oauth: { issuer: https://i.example/, audience: a";

describe("settings that nobody wrote", () => {
  it("are safe", async () => {
    const settings = await settingsOf("openapi: a.yaml\n");
    expect(settings).toMatchObject({
      upstream: undefined,
      observe: false,
      transport: {
        listen: { host: "127.0.0.1", port: 8443 },
        publicUrl: "https://localhost:8443",
        tls: { kind: "development" },
        trustedProxies: [],
        hsts: undefined,
        adminListen: { host: "127.0.0.1", port: 9901 },
      },
      authentication: { mode: "enforce", default: undefined },
      rateLimiting: {
        mode: "enforce",
        limits: [{ name: "subject", limit: 100, windowMs: 900_000, key: ["subject"], fallback: "address" }],
        addressCeiling: { limit: 1_000, windowMs: 60_000 },
        failedAuthentication: { limit: 20, windowMs: 900_000 },
      },
      validation: { requests: "enforce", responses: "monitor", unknownParameters: "monitor", bodyBytesMax: 1_048_576 },
      monitoring: { sinks: [{ kind: "console" }] },
      operations: [],
    });
  });

  it("send HSTS only with a certificate that clients trust", async () => {
    const hsts = async (tls: string) => (await settingsOf(`openapi: a\ntransport: { ${tls} }\n`)).transport.hsts;
    expect(await hsts("tls: { certificate: c, key: k }")).toBe("max-age=63072000; includeSubDomains; preload");
    expect(await hsts("tls: { certificate: c, key: k }, hsts: max-age=60")).toBe("max-age=60");
    expect(await hsts("tls: { certificate: c, key: k }, hsts: off")).toBeUndefined();
    expect(await hsts("tls: development")).toBeUndefined();
    expect(await hsts("tls: dangerouslyOff")).toBeUndefined();
  });

  it("count everybody: a limit without fallback falls back to the address", async () => {
    const limits = async (more: string) =>
      (await settingsOf(`openapi: a\nrateLimiting: [{ limit: 1, window: 1s${more} }]\n`)).rateLimiting.limits;
    expect(await limits("")).toMatchObject([{ key: ["subject"], fallback: "address" }]);
    expect(await limits(", key: client, fallback: none")).toMatchObject([{ key: ["client"], fallback: undefined }]);
    expect(await limits(", key: address")).toMatchObject([{ key: ["address"], fallback: undefined }]);
  });
});

describe("times, sizes and addresses", () => {
  it("are numbers afterwards", async () => {
    const settings = await settingsOf(`openapi: a
upstream: { url: http://127.0.0.1:3000/, timeouts: { connect: 500ms, answer: 2m, idle: 1h } }
transport: { listen: "[::1]:8000", adminListen: 9000, redirectFrom: 0.0.0.0:80, publicUrl: https://api.example/ }
validation: { bodyBytesMax: 10KiB, responseBytesMax: 5 }
`);
    expect(settings.upstream).toEqual({
      origin: "http://127.0.0.1:3000",
      connectTimeoutMs: 500,
      answerTimeoutMs: 120_000,
      idleTimeoutMs: 3_600_000,
      connectionsMax: 256,
      ca: undefined,
    });
    expect(settings.transport).toMatchObject({
      listen: { host: "::1", port: 8000 },
      adminListen: { host: "127.0.0.1", port: 9000 },
      redirect: { listen: { host: "0.0.0.0", port: 80 }, publicUrl: "https://api.example" },
    });
    expect(settings.validation).toMatchObject({ bodyBytesMax: 10_240, responseBytesMax: 5 });
  });
});

describe("what comes from the environment", () => {
  it("stands where ${NAME} stood, also within a text and as a number", async () => {
    const env = { HOST: "10.0.0.1", PORT: "9443", N: "7" };
    const text = `openapi: a
upstream: http://\${HOST}:\${PORT}
authentication: { oauth: { issuer: https://i.example, audience: "\${N}" } }
rateLimiting:
  - { limit: "\${N}", window: 1m }
  - name: second
    limit: \${N}
    window: \${N}m
`;
    const settings = await settingsOf(text, { env });
    expect(settings.upstream?.origin).toBe("http://10.0.0.1:9443");
    expect(settings.authentication.schemes.get("oauth")).toMatchObject({ audience: ["7"] });
    expect(settings.rateLimiting.limits).toMatchObject([{ limit: 7 }, { limit: 7, windowMs: 420_000 }]);
  });

  it("is judged by the schema like what is written", async () => {
    const text = "openapi: a\nrateLimiting:\n  - limit: ${N}\n    window: 1m\n";
    expect(await refusals(text, { env: { N: "many" } })).toEqual([
      "3:12 rateLimiting[0].limit: expected a whole number, found other text | How many requests.",
    ]);
  });

  it("is not read anew: a value may hold the characters of the syntax", async () => {
    const settings = await settingsOf("openapi: ${A}\n", { env: { A: "${B}", B: "no" } });
    expect(settings.openapi).toBe("${B}");
  });

  it("is left alone behind $${", async () => {
    expect((await settingsOf("openapi: $${A}.yaml\n")).openapi).toBe("${A}.yaml");
  });

  it("is never taken into keys, and never into an object in code", async () => {
    expect(await refusals("openapi: a\noperations:\n  ${A}: {}\n", { env: { A: "x" } })).toEqual([]);
    const cwd = folderWith({});
    const loaded = await loadSettings({ object: { openapi: "${A}" }, cwd, env: { A: "x" } });
    expect(loaded.settings.openapi).toBe("${A}");
  });
});

describe("files", () => {
  it("are found from the folder of the configuration, wherever the command runs", async () => {
    const cwd = folderWith({
      "etc/gate/portcullis.yaml": `openapi: ../api.yaml\n${OAUTH}, jwks: keys.json } }\nmonitoring: { sinks: [{ file: /var/log/a }] }\n`,
    });
    const { settings } = await loadSettings({ file: "etc/gate/portcullis.yaml", cwd, env: {} });
    expect(settings.openapi).toBe(path.join("etc", "api.yaml"));
    expect(settings.authentication.schemes.get("oauth")).toMatchObject({
      keys: { kind: "file", file: path.join(cwd, "etc", "gate", "keys.json") },
    });
    expect(settings.monitoring.sinks).toMatchObject([{ file: "/var/log/a" }]);
  });

  it("give secrets, without the line break at their end", async () => {
    const text = `openapi: a\n${OAUTH}, secret: { file: secret.txt } } }\n`;
    const settings = await settingsOf(text, { files: { "secret.txt": "0123456789\n" } });
    expect(settings.authentication.schemes.get("oauth")).toMatchObject({
      keys: { kind: "secret", secret: "0123456789" },
    });
    expect(await refusals(text)).toEqual([
      expect.stringMatching(/^2:\d+ authentication.oauth.secret is shared: whoever can verify/),
      "2:85 secret.txt cannot be read: there is no such file | Put the secret there, readable by this user only.",
    ]);
  });

  it("that hold a secret in clear are warned about; one from the environment is not", async () => {
    const rules = async (secret: string) => {
      const loaded = await load(`openapi: a\n${OAUTH}, secret: "${secret}" } }\n`, { env: { S: "x" } });
      return loaded.warnings.map(({ rule, severity }) => `${severity} ${rule}`);
    };
    expect(await rules("plain")).toEqual([
      "warning configuration.secret-shared",
      "warning configuration.secret-in-file",
    ]);
    expect(await rules("${S}")).toEqual(["warning configuration.secret-shared"]);
  });

  it("called portcullis.yaml or .yml are found", async () => {
    expect(await findConfiguration(folderWith({}))).toBeUndefined();
    expect(await findConfiguration(folderWith({ "portcullis.yml": "" }))).toBe("portcullis.yml");
    expect(await findConfiguration(folderWith({ "portcullis.yml": "", "portcullis.yaml": "" }))).toBe(
      "portcullis.yaml",
    );
  });
});

const MISSING_AUDIENCE =
  'command line --issuer audience is missing in authentication["*"]: without it, tokens made for other APIs would be accepted | Add `audience`, or --audience: the `aud` by which the issuer names this API.';

describe("flags", () => {
  const flag = (name: string, at: readonly string[], value: unknown): Flag => ({ name, path: at, value });

  it("win over the file, and paths in them start where the command runs", async () => {
    const cwd = folderWith({ "etc/p.yaml": "openapi: a.yaml\ntransport: { listen: 0.0.0.0:1, adminListen: off }\n" });
    const flags = [flag("--openapi", ["openapi"], "b.yaml"), flag("--listen", ["transport", "listen"], "127.0.0.1:2")];
    const { settings } = await loadSettings({ file: "etc/p.yaml", flags, cwd, env: {} });
    expect(settings.openapi).toBe("b.yaml");
    expect(settings.transport).toMatchObject({ listen: { host: "127.0.0.1", port: 2 }, adminListen: undefined });
  });

  it("are named by what is wrong with them", async () => {
    const flags = [
      flag("--openapi", ["openapi"], "b.yaml"),
      flag("--issuer", ["authentication", "*", "issuer"], "https://i.example/"),
      flag("--upstream", ["upstream"], "localhost:3000"),
    ];
    const attempt = (some: readonly Flag[]) =>
      loadSettings({ flags: some, cwd: folderWith({}), env: {} }).catch((error: unknown) =>
        error instanceof ProblemsError ? error.problems.map(asLine) : [String(error)],
      );
    expect(await attempt(flags)).toEqual([
      'command line --upstream upstream must be an http or https URL without path, such as "http://127.0.0.1:3000" | The API behind the gateway.',
      MISSING_AUDIENCE,
    ]);
    expect(await attempt(flags.slice(0, 2))).toEqual([MISSING_AUDIENCE]);
  });
});

describe("an object in code", () => {
  it("has the same schema, and its mistakes name their key", async () => {
    const object = { openapi: "a", validation: { requests: "of" } } as never;
    const error = await loadSettings({ object, cwd: folderWith({}), env: {} }).catch((reason: unknown) => reason);
    expect((error as ProblemsError).problems.map(asLine)).toEqual([
      'configuration.validation.requests validation.requests: expected "enforce", "monitor" or "off", found other text | Did you mean "off"?',
    ]);
  });

  it.each(["authentication", "authorization", "rateLimiting"])(
    "%s has no mode off, and is told why",
    async (practice) => {
      const object = { openapi: "a", [practice]: { mode: "off" } } as never;
      const error = await loadSettings({ object, cwd: folderWith({}), env: {} }).catch((reason: unknown) => reason);
      expect((error as ProblemsError).problems.map(asLine)).toEqual([
        expect.stringMatching(/mode: expected "enforce" or "monitor", .* No off: /),
      ]);
    },
  );

  it("cannot reach the prototype of the settings", async () => {
    const object = JSON.parse('{"openapi":"a","__proto__":{"upstream":"http://evil"}}') as never;
    const error = await loadSettings({ object, cwd: folderWith({}), env: {} }).catch((reason: unknown) => reason);
    expect((error as ProblemsError).problems.map(({ rule }) => rule)).toEqual(["configuration.unknown-key"]);
  });
});

describe("options that weaken", () => {
  it.each([
    ["transport: { tls: dangerouslyOff }", "configuration.tls-off"],
    ["rateLimiting: []", "configuration.limits-none"],
    [
      "authentication: { x: { issuer: https://i.example/, audience: a, jwks: https://i.example/k, dangerouslyAllowMissingTyp: true } }",
      "configuration.typ-not-required",
    ],
  ])("%s warns", async (written, rule) => {
    const { warnings } = await load(`openapi: a\n${written}\n`);
    expect(warnings.map((warning) => [warning.severity, warning.rule, warning.position?.line])).toEqual([
      ["warning", rule, 2],
    ]);
  });
});
