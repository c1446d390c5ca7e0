// Where the gate is mounted, and what others make of a request before and after it.
import express, { type Request, type Response } from "express";
import { describe, expect, it } from "vitest";
import { ask } from "../gateway/harness.ts";
import { mounted } from "./mounting.ts";

const item = (_request: Request, response: Response) => void response.json({ n: 1 });

describe("a URL that Express sees otherwise than the client sent it", () => {
  it("is refused where a middleware before the gate rewrote it", async () => {
    let reached = false;
    const { url, nth } = await mounted((app, gate) => {
      app.use((request, _response, next) => {
        request.url = "/items/1";
        next();
      });
      app.use(gate).get("/items/:id", () => (reached = true));
    });
    const { status, body } = await ask(`${url}/anything`);
    expect([status, body.includes("transport.mounted-late")]).toEqual([500, true]);
    expect((await nth(1)).denial?.internal).toBe("a middleware before Portcullis rewrote the URL");
    expect(reached).toBe(false);
  });

  it.each(["/items/1", "/items/1?", "/items/1?a=b"])("is matched whole below a mount: %s", async (path) => {
    const { url } = await mounted((app, gate) => app.use("/items", gate).get("/items/:id", item));
    expect((await ask(url + path)).status).toBe(200);
  });

  it.each(["/search", "/search?a=b"])("is the same at the very path of a mount: %s", async (path) => {
    const { url } = await mounted((app, gate) => app.use("/search", gate).get("/search", item));
    expect((await ask(url + path)).status).toBe(200);
  });

  it("is matched whole inside nested routers", async () => {
    const { url } = await mounted((app, gate) => {
      const inner = express.Router().use(gate).get("/:id", item);
      app.use("/items", inner);
    });
    expect((await ask(`${url}/items/1`)).status).toBe(200);
    expect((await ask(`${url}/ITEMS/1`)).status).toBe(404);
  });
});

it("a gate that is mounted twice judges, counts and records once", async () => {
  const text = "rateLimiting: [{ limit: 2, window: 1m, key: address }]\n";
  const { url, exchanges } = await mounted((app, gate) => app.use(gate).use("/items", gate).get("/items/:id", item), {
    text,
  });
  expect((await ask(`${url}/items/1`)).headers["ratelimit"]).toMatch(/r=1/);
  expect((await ask(`${url}/items/1`)).status).toBe(200);
  expect((await ask(`${url}/items/1`)).status).toBe(429);
  expect(exchanges.map(({ answerStatus }) => answerStatus)).toEqual([200, 200, 429]);
});

it("nothing more happens where somebody has answered already", async () => {
  let reached = false;
  const { url } = await mounted((app, gate) => {
    app.use((_request, response, next) => {
      response.send("answered");
      next();
    });
    app.use(gate).get("/items/:id", () => (reached = true));
  });
  expect((await ask(`${url}/items/1`)).body).toBe("answered");
  expect(reached).toBe(false);
});

it("a denial behind a head that somebody sent before the gate ends nothing but this request", async () => {
  const { url, exchanges } = await mounted((app, gate) => {
    app.use((request, response, next) => {
      if (request.path === "/none") response.write("begun");
      next();
      if (request.path === "/none") response.end();
    });
    app.use(gate).get("/items/:id", item);
  });
  expect((await ask(`${url}/none`)).body).toBe("begun");
  expect((await ask(`${url}/items/1`)).status).toBe(200);
  expect(exchanges).toHaveLength(1);
});

describe("what the handler sees of the request", () => {
  const FORGED = {
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-proto": "https",
    "x-real-ip": "203.0.113.9",
    "remote-user": "admin",
    "x-ssl-client-verify": "SUCCESS",
    "x-original-url": "/admin",
    "x-portcullis-subject": "admin",
    "x-request-id": "mine",
    x_tenant: "other",
  };

  it("is nothing that only a proxy or the gate may say (G08 to G11)", async () => {
    const seen: Request[] = [];
    const build = (app: express.Express) => {
      app.set("trust proxy", true);
      app.get("/items/:id", (request, response) => {
        seen.push(request);
        item(request, response);
      });
    };
    const open = await mounted((app) => build(app));
    await ask(`${open.url}/items/1`, { headers: FORGED });
    expect(seen[0]).toMatchObject({ ip: "203.0.113.9", protocol: "https", headers: FORGED });

    const { url, nth } = await mounted((app, gate) => build(app.use(gate)));
    await ask(`${url}/items/1`, { headers: { ...FORGED, accept: "a/b", "x-mine": "1" } });
    const { headers, ip, protocol } = seen[1] as Request;
    expect([ip, protocol]).toEqual(["127.0.0.1", "http"]);
    expect(headers).toMatchObject({
      accept: "a/b",
      "x-mine": "1",
      "x-forwarded-for": "127.0.0.1",
      host: expect.any(String),
    });
    expect(headers["x-request-id"]).toBe((await nth(1)).id);
    for (const name of [
      "x-real-ip",
      "remote-user",
      "x-ssl-client-verify",
      "x-original-url",
      "x-portcullis-subject",
      "x_tenant",
    ]) {
      expect(headers).not.toHaveProperty(name);
    }
  });

  it("is an anonymous principal on a public operation", async () => {
    const { url } = await mounted((app, gate) => {
      app.use(gate).get("/anything", (request, response) => void response.json(request.principal.kind));
    });
    expect((await ask(`${url}/anything`)).body).toBe('"anonymous"');
  });
});

describe("the query, which Express reads in its own way", () => {
  /** The handler takes `a` for text, as the document says. */
  const build = (app: express.Express) =>
    app.set("query parser", "extended").get("/search", (request, response) => void response.json(request.query));

  it("can hold what a declared parameter is not, where nothing guards: the attack works", async () => {
    const { url } = await mounted((app) => void build(app));
    expect((await ask(`${url}/search?a[$ne]=1`)).body).toBe('{"a":{"$ne":"1"}}');
    expect((await ask(`${url}/search?a=1&a=2`)).body).toBe('{"a":["1","2"]}');
  });

  it.each(["a[$ne]=1", "a[]=1", "a%5Bb%5D=1", "a=1&a=2", "a=1&a[b]=2", "b=1", "__proto__[x]=1", "A=1"])(
    "%s is refused",
    async (query) => {
      const text = "validation: { unknownParameters: enforce }\n";
      const { url } = await mounted((app, gate) => void build(app.use(gate)), { text });
      expect((await ask(`${url}/search?${query}`)).status).toBe(400);
    },
  );

  it("passes as declared", async () => {
    const text = "validation: { unknownParameters: enforce }\n";
    const { url } = await mounted((app, gate) => void build(app.use(gate)), { text });
    expect((await ask(`${url}/search?a=x%20y`)).body).toBe('{"a":"x y"}');
  });
});
