// Guards what evidence shows: whoever reads a report must not be able to sign in with it, and must be able to follow it.
import { describe, expect, it } from "vitest";
import { maskSecrets } from "../../src/security-testing/masking.ts";

const JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWFsaWNl";
const SECRET = "hunter2-correct-horse";

describe("a secret is masked", () => {
  it.each([
    ["a bearer token", `curl -H 'Authorization: Bearer ${JWT}' http://127.0.0.1/`, JWT],
    ["an opaque token", `Authorization: Bearer ${SECRET}`, SECRET],
    ["basic credentials", `authorization: Basic ${SECRET}`, SECRET],
    ["a token in text", `got ${JWT} back`, JWT],
    ["an unsigned token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.", "eyJzdWIiOiJhbGljZSJ9"],
    ["a cookie", `curl -b x -H 'Cookie: sid=${SECRET}' /`, SECRET],
    ["a second cookie", `Cookie: theme=dark; sid=${SECRET}`, SECRET],
    ["a cookie that is set", `Set-Cookie: sid=${SECRET}; HttpOnly`, SECRET],
    ["an API key", `X-API-Key: ${SECRET}`, SECRET],
    ["an API key of curl", `curl -H 'X-API-Key: ${SECRET}' /`, SECRET],
    ["a token in a query", `GET /a?access_token=${SECRET}&b=1`, SECRET],
    ["a key in a query", `GET /a?b=1&api_key=${SECRET}`, SECRET],
    ["a password in a form", `username=alice&password=${SECRET}`, SECRET],
    ["a password in JSON", `{"user":"alice","password":"${SECRET}"}`, SECRET],
    ["a password in JSON with quotes in it", `{"password": "a\\"${SECRET}","b":1}`, SECRET],
    ["a token in JSON", `{"access_token":"${SECRET}"}`, SECRET],
    ["a client's secret", `{"clientSecret":"${SECRET}"}`, SECRET],
    ["a private key", `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----`, SECRET],
    ["a private key that was cut off", `-----BEGIN EC PRIVATE KEY-----\n${SECRET}`, SECRET],
    ["a password in an address", `http://alice:${SECRET}@127.0.0.1/`, SECRET],
  ])("%s", (_, text, secret) => {
    expect(text).toContain(secret);
    expect(maskSecrets(text)).not.toContain(secret);
  });

  it("wherever what the run signed in with stands", () => {
    expect(maskSecrets(`echoed ${SECRET} in the middle`, [SECRET])).toBe("echoed *** in the middle");
  });
});

describe("what is no secret stays", () => {
  it.each([
    "GET /orders/17?limit=100&status=paid HTTP/1.1",
    '{"id":17,"token_type":"Bearer","note":"my password is not here"}',
    "HTTP/1.1 200 OK\r\ncontent-type: application/json",
    "curl -X POST 'http://127.0.0.1:8080/orders?url=http://127.0.0.1:9/x' -d '{\"role\":\"admin\"}'",
  ])("%s", (text) => {
    expect(maskSecrets(text)).toBe(text);
  });

  it("leaves a request readable", () => {
    const masked = maskSecrets(`curl -H 'Authorization: Bearer ${JWT}' 'http://127.0.0.1:8080/orders/17'`);
    expect(masked).toBe("curl -H 'Authorization: Bearer ***' 'http://127.0.0.1:8080/orders/17'");
  });
});
