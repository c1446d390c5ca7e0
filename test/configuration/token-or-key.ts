// An API of one operation that an issuer's token or an API key opens.

export const TOKEN_OR_KEY = `openapi: 3.1.0
info: { title: Items, version: "1" }
paths:
  /item:
    get:
      operationId: item
      security: [{ oauth: [] }, { key: [] }]
      responses: { default: { description: any } }
components:
  securitySchemes:
    oauth: { type: http, scheme: bearer }
    key: { type: apiKey, in: header, name: X-API-Key }
`;
