// Reasons of the validation practice: what may not come in, and what may not leave.
import type { Reason } from "./reason.ts";

export const VALIDATION_REASONS = {
  "validation.operation-undeclared": {
    status: 404,
    title: "There is no such resource.",
    remedy:
      "No path of the OpenAPI document matches. Declare the operation there; `portcullis explain` shows what a request matches.",
  },
  "validation.method-undeclared": {
    status: 405,
    title: "This resource does not support that method.",
    remedy: "The path is declared, the method is not. The Allow field lists the declared ones.",
  },
  "validation.request-invalid": {
    status: 400,
    title: "The request is not valid.",
    remedy:
      "The `errors` of the answer name each place. Compare with the operation's parameters and body in the OpenAPI document.",
  },
  "validation.body-malformed": {
    status: 400,
    title: "The request body is not well-formed.",
    remedy:
      "Not strict JSON, form or multipart data: duplicate members, trailing data, invalid UTF-8, too deep, or numbers that cannot be kept.",
  },
  "validation.body-missing": {
    status: 400,
    title: "A request body is required.",
    remedy: "The operation's requestBody is `required: true`.",
  },
  "validation.body-unexpected": {
    status: 400,
    title: "This operation does not take a request body.",
    remedy: "The operation declares no requestBody. Declare it, or mend the client.",
  },
  "validation.body-too-large": {
    status: 413,
    title: "The request body is too large.",
    remedy: "The limit is validation.bodyBytesMax, also per operation.",
  },
  "validation.media-type-unsupported": {
    status: 415,
    title: "The request body's media type is not supported.",
    remedy: "Content-Type must be one that the operation's requestBody lists. The answer's Accept field lists them.",
  },
  "validation.content-encoding-unsupported": {
    status: 415,
    title: "Encoded request bodies are not supported.",
    remedy: "A body that must be checked may not be compressed. Send it without Content-Encoding.",
  },
  "validation.injection-detected": {
    status: 400,
    title: "The request holds something that looks like an attack.",
    remedy:
      "A text looks like code for what is behind the gate; `errors` name place and class, never the text. If it was harmless, set the operation's validation.injection to monitor; where the value has a form of its own, say it in the schema (enum, format, pattern), and it is not looked at.",
  },
  "validation.response-invalid": {
    status: 502,
    title: "The service behind this gateway gave an answer that is not valid.",
    remedy: "The answer does not fit the OpenAPI document. The audit event names each place.",
  },
  "validation.response-undeclared": {
    status: 502,
    title: "The service behind this gateway gave an answer that is not declared.",
    remedy: "The status or media type of the answer is not in the operation's `responses`.",
  },
  "validation.error-hidden": {
    status: 502,
    title: "The service behind this gateway reported an error.",
    remedy:
      "With `responses: strip` an error of the API keeps its status, and what the OpenAPI document does not describe of its body is not shown. Declare the status and its body under `responses`; the audit event says what was not declared.",
  },
  "validation.response-too-large": {
    status: 502,
    title: "The service behind this gateway gave an answer that is too large to check.",
    remedy: "Raise validation.responseBytesMax for the operation, or set its responses to `off`.",
  },
} as const satisfies Record<`validation.${string}`, Reason>;
