// The security that a document asks for: declared, inherited, optional, or a mistake that stops the start.
import { describe, expect, it } from "vitest";
import { ProblemsError } from "../../src/openapi/located.ts";
import { describeObject, ok, only } from "./memory-files.ts";

describe("security", () => {
  const components = {
    securitySchemes: {
      key: { type: "apiKey", in: "header", name: "X-Key" },
      oauth: {
        type: "oauth2",
        flows: { clientCredentials: { tokenUrl: "https://example.com/t", scopes: { read: "" } } },
      },
      web: { type: "http", scheme: "Bearer" },
    },
  };
  const securityOf = (operation: object, root?: object): unknown =>
    only({ "/a": { get: { ...ok, ...operation } } }, { components, ...(root === undefined ? {} : { security: root }) })
      .security;

  it("is the operation's, else the root's, else unsaid", () => {
    expect(securityOf({})).toBeUndefined();
    expect(securityOf({}, [{ key: [] }])).toEqual([[{ scheme: "key", scopes: [] }]]);
    expect(securityOf({ security: [] }, [{ key: [] }])).toEqual([]);
    expect(securityOf({ security: [{}, { key: [], oauth: ["read"] }, { web: [] }] })).toEqual([
      [],
      [
        { scheme: "key", scopes: [] },
        { scheme: "oauth", scopes: ["read"] },
      ],
      [{ scheme: "web", scopes: [] }],
    ]);
  });

  it("names the place that it comes from", () => {
    const get = (root: boolean): string | undefined =>
      only({ "/a": { get: { ...ok, ...(root ? {} : { security: [] }) } } }, { components, security: [{ key: [] }] })
        .securityAt?.pointer;
    expect([get(true), get(false)]).toEqual(["/security", "/paths/~1a/get/security"]);
  });

  it.each([[null], [{}], ["key"], [["key"]], [[null]], [[{ key: "read" }]], [[{ key: [1] }]], [[{ constructor: [] }]]])(
    "%j is refused, never read as open",
    (security) => expect(() => securityOf({ security })).toThrow(ProblemsError),
  );

  it("warns of a scope that the scheme does not list", () => {
    const { warnings } = describeObject({ "/a": { get: { ...ok, security: [{ oauth: ["raed"] }] } } }, { components });
    expect(warnings.map(({ rule, remedy }) => [rule, remedy])).toEqual([
      ["openapi.scope-unlisted", 'Did you mean "read"?'],
    ]);
  });

  it("schemes are read with what authenticators need", () => {
    const { schemes } = describeObject({ "/a": { get: ok } }, { components });
    expect([...schemes.values()]).toMatchObject([
      {
        name: "key",
        type: "apiKey",
        scheme: undefined,
        in: "header",
        parameterName: "X-Key",
        openIdConnectUrl: undefined,
      },
      {
        name: "oauth",
        type: "oauth2",
        scheme: undefined,
        in: undefined,
        parameterName: undefined,
        openIdConnectUrl: undefined,
      },
      {
        name: "web",
        type: "http",
        scheme: "bearer",
        in: undefined,
        parameterName: undefined,
        openIdConnectUrl: undefined,
      },
    ]);
  });
});
