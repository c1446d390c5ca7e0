// How somebody signs in at an API that the test did not start. Fixed headers and login requests are written as the Web Fuzzing
// Commons have them, so that files of other tools fit.
import { z } from "zod";

const url = z.url({ protocol: /^https?$/, error: "an address such as https://login.example.com/token" });
const text = z.string().min(1);
const header = z.strictObject({ name: text, value: text });

const clientCredentials = z
  .strictObject({
    tokenUrl: url.describe("The token endpoint."),
    clientId: text,
    clientSecret: text.describe("From the environment: ${NAME}."),
    scope: text.optional().describe("Scopes to ask for, with spaces between."),
    resource: text.optional().describe("The API that the token is for (RFC 8707)."),
    audience: text.optional().describe("The same, for servers that want it so."),
  })
  .describe("OAuth 2.0 client credentials: a machine's own token.");

const authorizationCode = z
  .strictObject({
    issuer: url.describe("The built-in authorization server; its endpoints are read from its metadata."),
    clientId: text.describe("A client with one of the redirect addresses below."),
    redirectUri: url.describe("One that is registered; nothing needs to listen there."),
    scope: text.describe("Scopes to ask for, with spaces between."),
    resource: text.optional().describe("The API that the token is for (RFC 8707)."),
    email: text.describe("Who signs in on its pages."),
    password: text.describe("From the environment: ${NAME}."),
  })
  .describe("Authorization code with PKCE, on the pages of the built-in authorization server.");

const loginEndpointAuth = z
  .strictObject({
    verb: z.enum(["POST", "GET", "PATCH", "DELETE", "PUT"]),
    endpoint: z
      .string()
      .startsWith("/", { error: "a path such as /sessions; an address stands in externalEndpointURL" })
      .optional()
      .describe("Path at the API, such as /sessions."),
    externalEndpointURL: url.optional().describe("Where it is not the API that signs in."),
    payloadRaw: z.string().optional().describe("The body as it stands."),
    payloadUserPwd: z
      .strictObject({ username: text, password: text, usernameField: text, passwordField: text })
      .optional()
      .describe("The body made of these."),
    headers: z.array(header).optional(),
    contentType: text.optional().describe("Of the body. Default application/json."),
    token: z
      .strictObject({
        extractFrom: z.enum(["body", "header"]),
        extractSelector: text.describe("JSON Pointer into the body, or name of a header."),
        sendIn: z.enum(["header", "query", "cookie"]),
        sendName: text,
        sendFormat: z.string().includes("{token}").optional().describe("Such as `Bearer {token}`."),
      })
      .optional(),
    expectCookies: z.boolean().optional().describe("What it sets as cookies is the credential."),
  })
  .refine(({ endpoint, externalEndpointURL }) => (endpoint === undefined) !== (externalEndpointURL === undefined), {
    error: "needs endpoint or externalEndpointURL, and not both",
  })
  .refine(({ token, expectCookies }) => (token === undefined) === (expectCookies === true), {
    error: "needs token or expectCookies, and not both",
  })
  .describe("A login request of the API's own.");

const rights = {
  scopes: z.array(text).optional().describe("What they have been granted. Default: what their token says."),
  roles: z.array(text).optional().describe("Their roles. Default: what their token says."),
  permissions: z.array(text).optional().describe("Their permissions. Default: what their token says."),
  subject: text.optional().describe("Who they are, as answers name them. Default: what their token says."),
};

export const signInSchema = z.union([
  z.strictObject({ ...rights, clientCredentials }),
  z.strictObject({ ...rights, authorizationCode }),
  z.strictObject({ ...rights, loginEndpointAuth }),
  z.strictObject({
    ...rights,
    fixedHeaders: z.array(header).min(1).describe("Credentials as they stand: API keys, tokens."),
  }),
  z.strictObject({
    ...rights,
    fixedQuery: z.array(header).min(1).describe("The same in the query, for schemes that have it there."),
  }),
]);

export type SignIn = z.infer<typeof signInSchema>;
