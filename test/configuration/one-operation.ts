// Documents of one public operation, POST /a, as text: for mistakes whose lines are told.

/** `rest` begins on line 8. */
export const withOperation = (rest: string, version = "3.1.0"): string => `openapi: ${version}
info: { title: T, version: "1" }
security: []
paths:
  /a:
    post:
      responses: { default: { description: any } }
${rest}`;

/** The schema stands on line 11, what is beside it begins on line 12. */
export const withBody = (type: string, schema: string, beside = ""): string =>
  withOperation(`      requestBody:\n        content:\n          ${type}:\n            schema: ${schema}\n${beside}`);
