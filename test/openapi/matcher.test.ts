// Requests find their own operation and no other, however they are spelled.
import { describe, expect, it } from "vitest";
import { findAmbiguities } from "../../src/openapi/ambiguities.ts";
import { findCrossings } from "../../src/openapi/crossings.ts";
import { Matcher, type Route } from "../../src/openapi/matcher.ts";

function routes(...lines: string[]): Route<string>[] {
  return lines.map((line) => {
    const space = line.indexOf(" ");
    return { method: line.slice(0, space), template: line.slice(space + 1), value: line };
  });
}

function find(matcher: Matcher<string>, path: string, method = "GET"): string | undefined {
  const found = matcher.match(method, path);
  if (found === undefined) return undefined;
  return "allow" in found ? `405 ${found.allow}` : [found.value, ...found.parameters].join(" ");
}

describe("precedence", () => {
  const matcher = new Matcher(
    routes(
      "GET /",
      "GET /a/{x}",
      "GET /a/b",
      "GET /{y}/b/c",
      "GET /a/{x}.json",
      "GET /a/report-{x}.json",
      "GET /{p}",
      "GET /a/b/",
      "GET /o/{a}:{b}",
    ),
  );
  it.each([
    ["/", "GET /"],
    ["/a/b", "GET /a/b"],
    ["/a/b/", "GET /a/b/"],
    ["/a/bb", "GET /a/{x} bb"],
    ["/a/q.json", "GET /a/{x}.json q"],
    ["/a/q.json.json", "GET /a/{x}.json q.json"],
    ["/a/report-q.json", "GET /a/report-{x}.json q"],
    ["/a/report-.json", "GET /a/{x}.json report-"],
    ["/a/.json", "GET /a/{x} .json"],
    ["/a/b/c", "GET /{y}/b/c a"],
    ["/z", "GET /{p} z"],
    ["/o/x:y", "GET /o/{a}:{b} x y"],
    ["/a/%C3%A9", "GET /a/{x} %C3%A9"],
  ])("%s", (path, expected) => expect(find(matcher, path)).toBe(expected));

  it.each(["", "a", "*", "/a/", "/a//", "//", "/a/b/c/d", "/o/x:y:z", "/o/:y", "/z/"])("nothing for %j", (path) =>
    expect(find(matcher, path)).toBeUndefined(),
  );
});

describe("methods", () => {
  const matcher = new Matcher(routes("GET /a", "POST /a", "DELETE /{x}", "PUT /b/{x}", "GET /c/{x}", "HEAD /c/{x}"));
  it("HEAD falls to GET", () => expect(find(matcher, "/a", "HEAD")).toBe("GET /a"));
  it("HEAD that is declared is its own", () => expect(find(matcher, "/c/1", "HEAD")).toBe("HEAD /c/{x} 1"));
  it("405 lists the methods", () => {
    expect(find(matcher, "/a", "PATCH")).toBe("405 GET, HEAD, POST");
    expect(find(matcher, "/b/1", "GET")).toBe("405 PUT");
    expect(find(matcher, "/b/1", "put")).toBe("405 PUT");
  });
  it("G07 a declared path keeps its methods: a templated sibling's are not its own", () =>
    expect(find(matcher, "/a", "DELETE")).toBe("405 GET, HEAD, POST"));
});

describe("other spellings of a declared path", () => {
  const matcher = new Matcher(
    routes(
      "GET /admin",
      "GET /{x}",
      "GET /users/me",
      "GET /users/{id}",
      "GET /users/{id}/orders",
      "GET /files/{n}.json",
      "GET /files/{n}",
      "GET /x/{b}/users",
      "GET /{a}/{b}/{c}",
      "GET /Caps/{x}/",
      "GET /{u}/{v}/",
    ),
  );
  it.each([
    "/%61dmin",
    "/%41dmin",
    "/%2561dmin",
    "/%252561dmin",
    "/ADMIN",
    "/Admin",
    "/admin;v=1",
    "/admin%3Bv",
    "/%61%64MIN;a/",
  ])("G03 %s is no parameter", (path) => expect(find(matcher, path)).toBeUndefined());
  it.each([
    "/users/ME",
    "/users/%6de",
    "/users/me;",
    "/files/a%2ejson",
    "/files/a.JSON",
    "/files/a.json;v=1",
    "/x/1/Users",
    "/X/1/users",
  ])("G07 %s is no parameter", (path) => expect(find(matcher, path)).toBeUndefined());
  it("G04 path parameters make no other operation of a path", () => {
    const short = new Matcher(routes("GET /{x}", "GET /a{x}", "GET /admin/{y}", "GET /{x}/{y}"));
    expect([find(short, "/a;v=1"), find(short, "/ab;v=1"), find(short, "/ADMIN/;y=1")]).toEqual([
      undefined,
      "GET /a{x} b;v=1",
      undefined,
    ]);
  });
  it("parameters in matrix style are what they are", () => {
    const matrix = new Matcher(routes("GET /users/{id}", "GET /parts{id}"));
    expect(find(matrix, "/users/;id=5")).toBe("GET /users/{id} ;id=5");
    expect(find(matrix, "/parts;id=5")).toBe("GET /parts{id} ;id=5");
  });
  it("G04 a trailing slash is no way around either", () => {
    expect(find(matcher, "/users/me/")).toBeUndefined();
    expect(find(matcher, "/users/you/")).toBeUndefined();
    expect(find(matcher, "/caps/a/")).toBeUndefined();
    expect(find(matcher, "/other/a/")).toBe("GET /{u}/{v}/ other a");
  });
  it.each(["/admin.", "/admin..", "/admin%20", "/admin.%20", "/%EF%BD%81dmin", "/users/me.", "/users/m%EF%BD%85"])(
    "G04 %s is no parameter: Windows cuts it off, or folds it",
    (path) => expect(find(matcher, path)).toBeUndefined(),
  );
  it.each(["/admin%3Fx", "/admin%23x", "/users/me%3F", "/users/m%C4%B1", "/adm%C4%B1n"])(
    "G07 %s is no parameter: it is another path to who decodes early, or folds to capitals",
    (path) => {
      const folding = new Matcher(
        routes("GET /admin", "GET /{x}", "GET /users/me", "GET /users/mi", "GET /users/{id}"),
      );
      expect(find(folding, path)).toBeUndefined();
      expect(find(folding, "/who%3F")).toBe("GET /{x} who%3F");
    },
  );
  it.each(["/users/me.x.y", "/users/me.a.b.c.json", `/users/me${".a".repeat(100)}`, "/users/me-too.json"])(
    "G04 %s is no parameter: Spring and Rails take what follows for a format",
    (path) => {
      const formats = new Matcher(
        routes(
          "GET /users/me",
          "GET /users/me-too",
          "GET /users/{id}",
          "GET /users/{a}-{b}",
          "GET /files/{n}.{e}",
          "GET /files/i",
        ),
      );
      expect(find(formats, path)).toBeUndefined();
      expect(find(formats, "/users/you-too.json")).toBe("GET /users/{a}-{b} you too.json");
      expect(find(formats, "/users/v1.2.3")).toBe("GET /users/{id} v1.2.3");
      expect(find(formats, "/files/i.html")).toBe("GET /files/{n}.{e} i html");
    },
  );
  it.each(["/admin.json", "/ADMIN.xml", "/users/me.json", "/users/ME.html", "/users/me.x.json"])(
    "G04 %s is no parameter: it is a declared path in another format",
    (path) => {
      const formats = new Matcher(
        routes("GET /admin", "GET /{x}", "GET /users/me", "GET /users/{id}", "GET /users/{id}.x"),
      );
      expect(find(formats, path)).toBeUndefined();
      expect(find(formats, "/users/7.json")).toBe("GET /users/{id} 7.json");
      expect(find(formats, "/users/7.x")).toBe("GET /users/{id}.x 7");
      expect(find(formats, "/users/ann@example.com")).toBe("GET /users/{id} ann@example.com");
      expect(find(formats, "/other.json")).toBe("GET /{x} other.json");
    },
  );
  it("dots between parameters are text like other", () => {
    const compare = new Matcher(routes("GET /compare/{base}...{head}", "GET /compare/{basehead}"));
    expect([find(compare, "/compare/a...b"), find(compare, "/compare/v1"), find(compare, "/compare/a..b")]).toEqual([
      "GET /compare/{base}...{head} a b",
      "GET /compare/{basehead} v1",
      "GET /compare/{basehead} a..b",
    ]);
  });
  it("values that only begin alike stay values", () => {
    expect(find(matcher, "/users/Mel")).toBe("GET /users/{id} Mel");
    expect(find(matcher, "/administrator")).toBe("GET /{x} administrator");
    expect(find(matcher, "/%61dministrator")).toBe("GET /{x} %61dministrator");
    expect(find(matcher, "/files/A%20b")).toBe("GET /files/{n} A%20b");
  });
  it("where the declared path leads nowhere, its name is a value like others", () => {
    expect(find(matcher, "/users/me/orders")).toBe("GET /users/{id}/orders me");
    expect(find(matcher, "/users/ME/orders")).toBe("GET /users/{id}/orders ME");
  });
  it("a split that could be made in two ways is made in none, also not by a sibling", () => {
    const split = new Matcher(routes("GET /{a}:{b}", "GET /{c}"));
    expect([find(split, "/x:y"), find(split, "/x:y:z"), find(split, "/x")]).toEqual([
      "GET /{a}:{b} x y",
      undefined,
      "GET /{c} x",
    ]);
  });
  it("literals with other letters are compared as they go over the wire", () => {
    const wire = new Matcher(routes("GET /café/{x}", "GET /a b", "GET /%7Eme"));
    expect(find(wire, "/caf%C3%A9/1")).toBe("GET /café/{x} 1");
    expect(find(wire, "/caf%c3%a9/1")).toBeUndefined();
    expect(find(wire, "/a%20b")).toBe("GET /a b");
    expect(find(wire, "/%7Eme")).toBe("GET /%7Eme");
    expect(find(wire, "/~me")).toBeUndefined();
  });
});

describe("ambiguities and crossings", () => {
  it("are one method with one shape", () => {
    const found = findAmbiguities(
      routes("GET /a/{x}", "POST /a/{y}", "GET /a/{z}", "GET /~a", "GET /%7Ea", "GET /{a}.json", "GET /{b}.json"),
    );
    expect(found.map(({ first, second }) => `${first.value} = ${second.value}`)).toEqual([
      "GET /a/{x} = GET /a/{z}",
      "GET /~a = GET /%7Ea",
      "GET /{a}.json = GET /{b}.json",
    ]);
    expect(() => new Matcher(routes("GET /a/{x}", "GET /a/{y}"))).toThrow("Ambiguous");
  });
  it("one shape with two methods is one path", () => {
    const matcher = new Matcher(routes("GET /a/{x}", "POST /a/{y}"));
    expect(find(matcher, "/a/1", "PUT")).toBe("405 GET, HEAD, POST");
  });
  it("crossings name who wins", () => {
    expect(findCrossings(["/{y}/b", "/a/{x}", "/a/b", "/c", "/{x}.json/b", "/a.json/{z}", "/{d}"])).toEqual(
      expect.arrayContaining([
        { first: "/a/{x}", second: "/{y}/b", kind: "crossing" },
        { first: "/a/b", second: "/{y}/b", kind: "narrower" },
        { first: "/a/b", second: "/a/{x}", kind: "narrower" },
        { first: "/a.json/{z}", second: "/{x}.json/b", kind: "crossing" },
        { first: "/c", second: "/{d}", kind: "narrower" },
      ]),
    );
    expect(findCrossings(["/a/{x}", "/a/{y}", "/b/{x}", "/{p}.xml", "/{q}.json"])).toEqual([]);
  });
});
