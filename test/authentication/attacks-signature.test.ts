// ATTACKS.md J01 to J13: the signature, its algorithm and its key. Each attack first works against what people write by hand.
import { createHmac, verify } from "node:crypto";
import { calculateJwkThumbprint, compactVerify, decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { FakeTime } from "./fake-time.ts";
import {
  claimsAt,
  encode,
  forge,
  headerText,
  hmacToken,
  ISSUER,
  issue,
  makeKey,
  signatureOf,
  type TestKey,
} from "./issuer.ts";
import { accepted, authenticatorOf, keysOf, verdict } from "./judging.ts";
import type { Authenticator } from "../../src/authentication/authenticator.ts";

const time = new FakeTime();
let rsa: TestKey;
let pss: TestKey;
let ec: TestKey;
let ec384: TestKey;
let ec521: TestKey;
let ed: TestKey;
let all: readonly TestKey[];
let gate: Authenticator;
const payload = (): string => JSON.stringify(claimsAt(time.seconds));

beforeAll(async () => {
  rsa = await makeKey("RS256", "rsa");
  pss = await makeKey("PS256", "pss");
  ec = await makeKey("ES256", "ec");
  ec384 = await makeKey("ES384", "ec384");
  ec521 = await makeKey("ES512", "ec521");
  ed = await makeKey("EdDSA", "ed");
  all = [rsa, pss, ec, ec384, ec521, ed];
  gate = authenticatorOf(await keysOf(...all), time);
});

/** What is often written by hand: the header says how to verify. */
function naiveVerify(token: string, pem: string): boolean {
  const [header, body, signature] = token.split(".") as [string, string, string];
  const { alg } = JSON.parse(Buffer.from(header, "base64url").toString()) as { alg: string };
  if (alg.toLowerCase() === "none") return true;
  if (alg.startsWith("HS"))
    return createHmac("sha256", pem).update(`${header}.${body}`).digest("base64url") === signature;
  return verify("sha256", Buffer.from(`${header}.${body}`), pem, Buffer.from(signature, "base64url"));
}

describe("honest tokens", () => {
  it("are accepted with RS, PS, ES and EdDSA keys, made by another implementation", async () => {
    for (const key of all) {
      const { principal } = await accepted(gate, await issue(key, claimsAt(time.seconds)));
      expect(principal).toMatchObject({ kind: "user", subject: "user-1", client: "app-1", issuer: ISSUER });
      expect([...principal.scopes]).toEqual(["orders:read", "orders:write"]);
    }
  });

  it("are accepted with the larger digests of RSA where the key does not name another", async () => {
    for (const alg of ["RS384", "RS512", "PS384", "PS512"]) {
      const { alg: _alg, ...jwk } = rsa.jwk;
      const open = { ...rsa, alg, jwk };
      const authenticator = authenticatorOf(await keysOf(open), time);
      expect(await verdict(authenticator, await issue(open, claimsAt(time.seconds)))).toBe("accepted");
    }
  });
});

describe("the algorithm", () => {
  it("J01 none in any case, and a missing one", async () => {
    const pem = rsa.publicKey.export({ type: "spki", format: "pem" }) as string;
    for (const alg of ["none", "None", "NONE", "nOnE"]) {
      const token = `${encode(headerText(rsa, { alg }))}.${encode(payload())}.`;
      expect(naiveVerify(token, pem)).toBe(true);
      expect(await verdict(gate, token)).toBe("authentication.token-malformed");
      expect(await verdict(gate, `${token}AA`)).toBe("authentication.algorithm-rejected");
    }
    for (const alg of [undefined, null, "", 5, ["RS256"], { toString: "RS256" }, "rs256", "constructor", "__proto__"]) {
      expect(await verdict(gate, forge(rsa, headerText(rsa, { alg }), payload()))).toBe(
        "authentication.algorithm-rejected",
      );
    }
  });

  it("J02 the public key used as HMAC secret", async () => {
    const pem = rsa.publicKey.export({ type: "spki", format: "pem" }) as string;
    const confused = hmacToken(pem, { alg: "HS256", typ: "at+jwt", kid: rsa.kid }, claimsAt(time.seconds));
    expect(naiveVerify(confused, pem)).toBe(true);
    for (const secret of [
      pem,
      rsa.publicKey.export({ type: "spki", format: "der" }),
      rsa.publicKey.export({ type: "pkcs1", format: "pem" }),
      JSON.stringify(rsa.jwk),
      rsa.jwk.n as string,
    ]) {
      const token = hmacToken(secret, { alg: "HS256", typ: "at+jwt", kid: rsa.kid }, claimsAt(time.seconds));
      expect(await verdict(gate, token)).toBe("authentication.algorithm-rejected");
    }
  });

  it("J03 a stripped signature, two parts, five parts, JSON serialisation", async () => {
    const token = await issue(rsa, claimsAt(time.seconds));
    const [header, body, signature] = token.split(".") as [string, string, string];
    expect(decodeJwt(`${header}.${body}.`).sub).toBe("user-1"); // who only decodes is fooled
    const shapes = [
      `${header}.${body}.`,
      `${header}.${body}`,
      `.${body}.${signature}`,
      `${header}..${signature}`,
      `${header}.${body}.${signature}.`,
      `${header}.${body}.${signature}.${signature}.${signature}`,
      JSON.stringify({ protected: header, payload: body, signature }),
      JSON.stringify({ payload: body, signatures: [{ protected: header, signature }] }),
      "..",
      ".",
    ];
    for (const shape of shapes) expect(await verdict(gate, shape)).toBe("authentication.token-malformed");
    expect(await verdict(gate, token)).toBe("accepted");
  });

  it("J04 an ES256 signature of zeros (CVE-2022-21449), and of the curve's order", async () => {
    const order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    const signed = `${encode(headerText(ec))}.${encode(payload())}`;
    for (const hex of ["00".repeat(64), order + order, "00".repeat(32) + "01".repeat(32), "ff".repeat(64)]) {
      expect(await verdict(gate, `${signed}.${encode(Buffer.from(hex, "hex"))}`)).toBe(
        "authentication.signature-invalid",
      );
    }
  });

  it("J05 a DER signature in place of a raw one", async () => {
    const signed = `${encode(headerText(ec))}.${encode(payload())}`;
    const { sign } = await import("node:crypto");
    const der = sign("sha256", Buffer.from(signed), ec.privateKey);
    expect(verify("sha256", Buffer.from(signed), ec.publicKey, der)).toBe(true); // Node's default takes it
    expect(await verdict(gate, `${signed}.${encode(der)}`)).toBe("authentication.signature-invalid");
    expect(await verdict(gate, `${signed}.${encode(signatureOf(ec, signed))}`)).toBe("accepted");
  });

  it("J06 a key of another algorithm or curve", async () => {
    for (const key of all) {
      for (const other of all) {
        if (other === key) continue;
        // Rightly signed by `key`, under the name of `other`, with either's algorithm.
        for (const alg of [key.alg, other.alg]) {
          const token = forge(key, headerText(key, { alg, kid: other.kid }), payload());
          expect(["authentication.algorithm-rejected", "authentication.signature-invalid"]).toContain(
            await verdict(gate, token),
          );
        }
      }
    }
    // A key that names RS256 is not used for PS256 with the same modulus.
    const asPss = { ...rsa, alg: "PS256" };
    expect(await verdict(gate, forge(asPss, headerText(asPss), payload()))).toBe("authentication.algorithm-rejected");
  });

  it("refuses a salt of another length than the digest's (RFC 7518 3.5)", async () => {
    const { constants, sign } = await import("node:crypto");
    const signed = `${encode(headerText(pss))}.${encode(payload())}`;
    const how = { key: pss.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING };
    for (const [saltLength, expected] of [
      [0, "authentication.signature-invalid"],
      [32, "accepted"],
      [64, "authentication.signature-invalid"],
    ] as const) {
      const signature = sign("sha256", Buffer.from(signed), { ...how, saltLength });
      expect(await verdict(gate, `${signed}.${encode(signature)}`)).toBe(expected);
    }
  });
});

describe("keys that the sender brings", () => {
  it("J07 an embedded jwk or x5c", async () => {
    const mine = await makeKey("ES256", "ec");
    const { kid: _kid, alg: _alg, use: _use, ...bare } = mine.jwk;
    const embedded = forge(mine, headerText(mine, { jwk: bare }), payload());
    const header = decodeProtectedHeader(embedded) as { jwk: typeof bare };
    await expect(compactVerify(embedded, await importJWK(header.jwk, "ES256"))).resolves.toBeDefined(); // the naive way
    expect(await verdict(gate, embedded)).toBe("authentication.token-malformed");
    expect(await verdict(gate, forge(mine, headerText(mine, { x5c: ["MIIB"] }), payload()))).toBe(
      "authentication.signature-invalid",
    );
    expect(await verdict(gate, forge(mine, headerText(mine, { jwk: bare, kid: "other" }), payload()))).toBe(
      "authentication.token-malformed",
    );
  });

  it("J08 jku and x5u mean nothing (that they are never asked: remote-keys.test.ts); an issuer that writes them by habit is believed by its own key", async () => {
    const mine = await makeKey("RS256", "rsa");
    for (const name of ["jku", "x5u"]) {
      const header = { [name]: "https://attacker.example/keys.json" };
      expect(await verdict(gate, forge(mine, headerText(mine, header), payload()))).toBe(
        "authentication.signature-invalid",
      );
      expect(await verdict(gate, forge(mine, headerText(mine, { ...header, kid: "attacker" }), payload()))).toBe(
        "authentication.key-unknown",
      );
      expect(await verdict(gate, forge(rsa, headerText(rsa, header), payload()))).toBe("accepted");
    }
  });

  it("J09 kid: traversal, SQL, NUL, array, 100 KB", async () => {
    for (const kid of ["../../../dev/null", "x' UNION SELECT 'secret", "constructor", "__proto__", "toString"]) {
      expect(await verdict(gate, forge(rsa, headerText(rsa, { kid }), payload()))).toBe("authentication.key-unknown");
    }
    for (const kid of ["rsa\u0000", "", ["rsa"], null, 5, { rsa: 1 }, "r\u00e4", "k".repeat(257), "a\nb"]) {
      expect(await verdict(gate, forge(rsa, headerText(rsa, { kid }), payload()))).toBe(
        "authentication.token-malformed",
      );
    }
    expect(await verdict(gate, forge(rsa, headerText(rsa, { kid: "k".repeat(256) }), payload()))).toBe(
      "authentication.key-unknown",
    );
    expect(await verdict(gate, forge(rsa, headerText(rsa, { kid: "k".repeat(100_000) }), payload()))).toBe(
      "authentication.token-too-large",
    );
  });

  it("J10 a missing kid, accepted only with a single key and where the configuration says so", async () => {
    const token = forge(rsa, headerText(rsa, { kid: undefined }), payload());
    await expect(jwtVerify(token, rsa.publicKey, { currentDate: new Date(time.wallMs) })).resolves.toBeDefined();
    const one = await keysOf(rsa);
    const unknown = "authentication.key-unknown";
    expect(await verdict(gate, token)).toBe(unknown);
    expect(await verdict(authenticatorOf(one, time), token)).toBe(unknown);
    expect(await verdict(authenticatorOf(await keysOf(rsa, ec), time, { allowMissingKid: true }), token)).toBe(unknown);
    expect(await verdict(authenticatorOf(one, time, { allowMissingKid: true }), token)).toBe("accepted");
  });

  it("J12 crit unknown, empty, duplicate, and one that is understood elsewhere", async () => {
    for (const crit of [["exp"], ["b64"], [], ["x", "x"], "x", null, ["http://example.com/UNDEFINED"]]) {
      expect(await verdict(gate, forge(rsa, headerText(rsa, { crit, x: 1 }), payload()))).toBe(
        "authentication.token-malformed",
      );
    }
  });

  it("J13 b64: false and zip", async () => {
    const zipped = forge(rsa, headerText(rsa, { zip: "DEF" }), payload());
    await expect(compactVerify(zipped, rsa.publicKey)).resolves.toBeDefined(); // jose alone
    for (const changes of [{ b64: false }, { b64: true }, { b64: false, crit: ["b64"] }, { zip: "DEF" }]) {
      const token = forge(rsa, headerText(rsa, changes), payload());
      expect(await verdict(gate, token)).toBe("authentication.token-malformed");
    }
  });

  it("names keys as RFC 7638 does", async () => {
    const { jwkThumbprint } = await import("../../src/cryptography/thumbprint.ts");
    for (const key of all) {
      expect(jwkThumbprint(key.jwk as Record<string, unknown>)).toBe(await calculateJwkThumbprint(key.jwk));
    }
  });
});
