// The operation that most tests of requests are about: a sign-up with an e-mail and a password of at least 12 characters.
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
