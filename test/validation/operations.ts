// The operations that most tests of requests are about: a sign-up, and a search with parameters in every place.
import { declare } from "./exchanges.ts";

export const JSON_TYPE = ["Content-Type", "application/json"];

export const registration = declare(
  {
    requestBody: {
      required: true,
      content: { "application/json": { schema: { $ref: "#/components/schemas/Registration" } } },
    },
  },
  {
    path: "/api/register",
    schemas: {
      Registration: {
        type: "object",
        required: ["email", "password"],
        properties: {
          email: { type: "string", format: "email" },
          password: { type: "string", minLength: 12 },
          id: { type: "integer", readOnly: true },
        },
        additionalProperties: false,
      },
    },
  },
);

export const search = declare(
  {
    parameters: [
      { name: "id", in: "path", required: true, schema: { type: "integer", minimum: 1 } },
      { name: "limit", in: "query", schema: { type: "integer", minimum: 1, maximum: 100 } },
      { name: "q", in: "query", required: true, schema: { type: "string", minLength: 1 } },
      {
        name: "filter",
        in: "query",
        content: { "application/json": { schema: { type: "object", properties: { a: { type: "integer" } } } } },
      },
      { name: "X-Trace", in: "header", schema: { type: "string", pattern: "^[a-f0-9]{8}$" } },
      { name: "session", in: "cookie", schema: { type: "string", format: "uuid" } },
      { name: "Authorization", in: "header", required: true, schema: { type: "integer" } },
    ],
  },
  { path: "/things/{id}", method: "get" },
);
