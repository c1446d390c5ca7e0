// What Portcullis replaces: Express 5 with the usual packages, as their own documentation puts them together.
import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import express from "express";
import OpenApiValidator from "express-openapi-validator";
import { rateLimit } from "express-rate-limit";
import { createProxyMiddleware, fixRequestBody } from "http-proxy-middleware";
import jwt from "jsonwebtoken";
import winston from "winston";
import { parse } from "yaml";

const setting = JSON.parse(process.env.BENCHMARK);
const [validator, connections] = process.argv.slice(2);
const publicKey = readFileSync(setting.publicKeyFile, "utf8");
const log = winston.createLogger({
  format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
  transports: [new winston.transports.File({ filename: setting.auditFile })],
});

const app = express();
app.disable("x-powered-by");

app.use((request, response, next) => {
  const started = process.hrtime.bigint();
  response.on("finish", () => {
    log.info("request", {
      method: request.method,
      path: request.path,
      status: response.statusCode,
      subject: request.auth?.sub,
      address: request.ip,
      durationMs: Number(process.hrtime.bigint() - started) / 1e6,
    });
  });
  next();
});

app.use((request, response, next) => {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  if (scheme !== "Bearer" || token === undefined) return response.status(401).json({ error: "unauthorized" });
  jwt.verify(
    token,
    publicKey,
    { algorithms: ["RS256"], issuer: setting.issuer, audience: setting.audience },
    (error, claims) => {
      if (error) return response.status(401).json({ error: "unauthorized" });
      request.auth = claims;
      next();
    },
  );
});

app.use(
  rateLimit({
    windowMs: 15 * 60 * 1000,
    limit: 1_000_000_000,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    keyGenerator: (request) => request.auth.sub,
  }),
);

const scope = (name) => (request, response, next) =>
  request.auth.scope.split(" ").includes(name) ? next() : response.status(403).json({ error: "forbidden" });

app.use(express.json({ limit: "1mb" }));

if (validator === "express-openapi-validator") {
  app.use(OpenApiValidator.middleware({ apiSpec: setting.openapi, validateSecurity: false, validateResponses: false }));
} else {
  const ajv = new Ajv({ allErrors: false, strict: false });
  addFormats(ajv);
  const document = parse(readFileSync(setting.openapi, "utf8"));
  const check = ajv.addSchema(document, "api").compile({ $ref: "api#/components/schemas/NewOrder" });
  app.post("/orders", (request, response, next) =>
    check(request.body) ? next() : response.status(400).json({ errors: check.errors }),
  );
  app.get("/orders/:id", (request, response, next) =>
    /^[1-9][0-9]*$/.test(request.params.id) ? next() : response.status(400).json({ error: "bad id" }),
  );
}

const proxy = createProxyMiddleware({
  target: setting.upstream.origin,
  ...(connections === "kept-connections"
    ? { agent: new Agent({ keepAlive: true, maxSockets: setting.upstream.connectionsMax }) }
    : {}),
  on: { proxyReq: fixRequestBody },
});
app.get("/orders/:id", scope("orders:read"), proxy);
app.post("/orders", scope("orders:write"), proxy);

app.use((error, _request, response, _next) => {
  response.status(error.status ?? 500).json({ message: error.message, errors: error.errors });
});

const server = app.listen(0, "127.0.0.1", () => {
  process.stdout.write(`ready http://127.0.0.1:${server.address().port}\n`);
});
server.keepAliveTimeout = 60_000;
