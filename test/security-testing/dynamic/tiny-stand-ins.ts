// Callers and requests of the simplest kind, until probes have the real ones.
import type { Composition } from "../../../src/configuration/compose.ts";
import { makeSigningKey } from "../../../src/cryptography/signing-key.ts";
import type { Caller, IsolatedCallers, Rights } from "../../../src/security-testing/dynamic/callers.ts";
import type { Requests } from "../../../src/security-testing/dynamic/requests.ts";

export function standInCallers({ policies }: Composition): IsolatedCallers {
  const key = makeSigningKey("at+jwt");
  const all: Rights = {
    scopes: ["read", "write"],
    roles: [...new Set([...policies.values()].flatMap(({ roles = [] }) => roles))],
    permissions: [],
  };
  const callerWith = (rights: Rights, user: "a" | "b" = "a"): Caller => {
    const now = Math.floor(Date.now() / 1000);
    const token = key.sign({
      iss: "https://i.example/",
      aud: "https://api.example",
      sub: `user-${user}`,
      client_id: "test",
      jti: crypto.randomUUID(),
      iat: now,
      exp: now + 300,
      scope: rights.scopes.join(" "),
      roles: rights.roles,
    });
    return {
      name: `user ${user.toUpperCase()}`,
      subject: `user-${user}`,
      fields: [["Authorization", `Bearer ${token}`]],
      query: [],
      rights,
    };
  };
  const none = { scopes: [], roles: [], permissions: [] };
  return {
    nobody: { name: "nobody", subject: undefined, fields: [], query: [], rights: none },
    a: callerWith(all, "a"),
    b: callerWith(all, "b"),
    allowed: (_operation, user) => Promise.resolve(callerWith(all, user)),
    withRights: (rights, user) => Promise.resolve(callerWith(rights, user)),
    forged: () => Promise.resolve([]),
    believed: { jwks: [key.jwk], secret: "", apiKeys: new Map(), denied: [] },
  };
}

export function standInRequests(): Requests {
  return {
    prepare: ({ operation }) => {
      const at = (place: string) =>
        Object.fromEntries(
          operation.parameters
            .filter((parameter) => parameter.in === place && parameter.required)
            .map(({ name, schema }) => [name, exampleOf(schema?.value) ?? "1"]),
        );
      const [media] = operation.requestBody?.content ?? [];
      return Promise.resolve({
        path: at("path"),
        query: at("query"),
        header: at("header"),
        cookie: {},
        body: media === undefined ? undefined : (exampleOf(media.schema?.value) ?? {}),
        mediaType: media?.name,
      });
    },
    wire: ({ operation }, { path, query, body, mediaType }, caller) => {
      const target = operation.template.replaceAll(/\{([^}]+)\}/g, (_all, name: string) =>
        encodeURIComponent(String(path[name])),
      );
      const search = new URLSearchParams([
        ...Object.entries(query).map(([name, value]) => [name, String(value)]),
        ...caller.query.map(([name, value]) => [name, value]),
      ] as [string, string][]).toString();
      const isRaw = typeof body === "string" || body instanceof Uint8Array;
      return {
        method: operation.method,
        target: search === "" ? target : `${target}?${search}`,
        fields: [...caller.fields, ...(mediaType === undefined ? [] : [["Content-Type", mediaType] as const])],
        body: body === undefined || isRaw ? body : JSON.stringify(body),
      };
    },
    isOwn: () => true,
    readerOf: () => undefined,
  };
}

function exampleOf(schema: unknown): unknown {
  const { example, examples } = (schema ?? {}) as { example?: unknown; examples?: unknown[] };
  return example ?? examples?.[0];
}
