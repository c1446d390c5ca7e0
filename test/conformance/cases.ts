// The conformance suite: requests to the orders sample, each with the guard that decides it and the answer it must get.

export interface ConformanceCase {
  readonly name: string;
  /** The guard without which this case must come out differently; undefined for what must pass. */
  readonly guard?: string;
  readonly method: string;
  readonly path: string;
  readonly token?: TokenName;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status: number;
  readonly reason?: string;
  /** Text that the answer's body must hold. */
  readonly says?: string;
  /** Field of the answer that must match. */
  readonly field?: readonly [string, RegExp];
  /** Sent so often before, with the answers not looked at. */
  readonly after?: number;
}

export type TokenName =
  | "reader"
  | "customer"
  | "support"
  | "outsider"
  | "expired"
  | "otherAudience"
  | "idToken"
  | "noScope";

/** Claims by token name; `issuer.ts` of the sample signs them. */
export const TOKENS: Readonly<
  Record<TokenName, { scopes: string[]; roles?: string[]; lifetimeSeconds?: number; claims?: Record<string, unknown> }>
> = {
  reader: { scopes: ["orders:read"], roles: ["customer"] },
  customer: { scopes: ["orders:read", "orders:write"], roles: ["customer"] },
  support: { scopes: ["orders:read", "orders:write"], roles: ["support"] },
  outsider: { scopes: ["orders:read", "orders:write"] },
  expired: { scopes: ["orders:read"], lifetimeSeconds: -3600 },
  otherAudience: { scopes: ["orders:read"], claims: { aud: "https://other.example.com" } },
  idToken: { scopes: ["orders:read"], claims: { nonce: "n" } },
  noScope: { scopes: [] },
};

const JSON_FIELDS = { "content-type": "application/json" };
const account = (email: string, password: string) => JSON.stringify({ email, password });
const order = (quantity: unknown, more = "") => `{"sku":"TEA-001","quantity":${JSON.stringify(quantity)}${more}}`;

export const CASES: readonly ConformanceCase[] = [
  { name: "a public operation passes", method: "GET", path: "/products", status: 200 },
  { name: "a query with a letter passes", method: "GET", path: "/products?query=tea", status: 200, says: "Green tea" },
  { name: "a reader reads", method: "GET", path: "/orders", token: "reader", status: 200 },
  { name: "a reader reads one", method: "GET", path: "/orders/1", token: "reader", status: 200, says: '"id":1' },
  { name: "HEAD follows GET", method: "HEAD", path: "/orders/1", token: "reader", status: 200 },
  {
    name: "the API's own 404 passes",
    method: "GET",
    path: "/orders/99999",
    token: "reader",
    status: 404,
    says: "no such order",
  },
  {
    name: "a customer orders",
    method: "POST",
    path: "/orders",
    token: "customer",
    fields: JSON_FIELDS,
    body: order(2),
    status: 201,
  },
  { name: "support refunds", method: "POST", path: "/orders/1/refund", token: "support", status: 200 },
  {
    name: "a new account",
    method: "POST",
    path: "/api/register",
    fields: JSON_FIELDS,
    body: account("a@example.com", "123456789012"),
    status: 201,
  },

  {
    name: "no token",
    guard: "authentication.credentials",
    method: "GET",
    path: "/orders",
    status: 401,
    reason: "authentication.credentials-missing",
    field: ["www-authenticate", /^Bearer/],
  },
  {
    name: "not a token",
    guard: "authentication.credentials",
    method: "GET",
    path: "/orders",
    fields: { authorization: "Bearer abc" },
    status: 401,
  },
  {
    name: "an expired token",
    guard: "authentication.credentials",
    method: "GET",
    path: "/orders",
    token: "expired",
    status: 401,
    reason: "authentication.token-expired",
  },
  {
    name: "a token for another API",
    guard: "authentication.credentials",
    method: "GET",
    path: "/orders",
    token: "otherAudience",
    status: 401,
    reason: "authentication.audience-rejected",
  },

  {
    name: "too little scope",
    guard: "authorization.scopes",
    method: "POST",
    path: "/orders",
    token: "reader",
    fields: JSON_FIELDS,
    body: order(1),
    status: 403,
    reason: "authorization.scope-insufficient",
    field: ["www-authenticate", /scope="orders:write"/],
  },
  {
    name: "no scope at all",
    guard: "authorization.scopes",
    method: "GET",
    path: "/orders",
    token: "noScope",
    status: 403,
    reason: "authorization.scope-insufficient",
  },
  {
    name: "not the role",
    guard: "authorization.roles",
    method: "POST",
    path: "/orders/1/refund",
    token: "customer",
    status: 403,
    reason: "authorization.permission-missing",
  },
  {
    name: "no role",
    guard: "authorization.roles",
    method: "POST",
    path: "/orders/1/refund",
    token: "outsider",
    status: 403,
    reason: "authorization.permission-missing",
  },

  {
    name: "a sixth report within a minute",
    guard: "rate-limiting.subject",
    after: 5,
    method: "GET",
    path: "/reports/daily",
    token: "reader",
    status: 429,
    reason: "rate-limiting.limit-exceeded",
    says: "Too many requests, please try again later.",
    field: ["retry-after", /^[1-9][0-9]*$/],
  },

  {
    name: "a password of 11",
    guard: "validation.body",
    method: "POST",
    path: "/api/register",
    fields: JSON_FIELDS,
    body: account("a@example.com", "12345678901"),
    status: 400,
    reason: "validation.request-invalid",
    says: "password must be at least 12 characters",
  },
  {
    name: "not an e-mail",
    guard: "validation.body",
    method: "POST",
    path: "/api/register",
    fields: JSON_FIELDS,
    body: account("a.example.com", "123456789012"),
    status: 400,
    says: "email must be",
  },
  {
    name: "an unknown property",
    guard: "validation.body",
    method: "POST",
    path: "/api/register",
    fields: JSON_FIELDS,
    body: '{"email":"a@example.com","password":"123456789012","admin":true}',
    status: 400,
    says: "admin",
  },
  {
    name: "a duplicate member",
    guard: "validation.body",
    method: "POST",
    path: "/orders",
    token: "customer",
    fields: JSON_FIELDS,
    body: order(1, ',"quantity":99'),
    status: 400,
    reason: "validation.body-malformed",
  },
  {
    name: "a quantity below",
    guard: "validation.body",
    method: "POST",
    path: "/orders",
    token: "customer",
    fields: JSON_FIELDS,
    body: order(0),
    status: 400,
    says: "quantity must be at least 1",
  },
  {
    name: "a quantity at the edge",
    method: "POST",
    path: "/orders",
    token: "customer",
    fields: JSON_FIELDS,
    body: order(100),
    status: 201,
  },
  {
    name: "a string for a number",
    guard: "validation.body",
    method: "POST",
    path: "/orders",
    token: "customer",
    fields: JSON_FIELDS,
    body: order("2"),
    status: 400,
  },
  {
    name: "no body",
    guard: "validation.body",
    method: "POST",
    path: "/orders",
    token: "customer",
    status: 400,
    reason: "validation.body-missing",
  },
  {
    name: "text for JSON",
    guard: "validation.media-type",
    method: "POST",
    path: "/orders",
    token: "customer",
    fields: { "content-type": "text/plain" },
    body: order(1),
    status: 415,
    reason: "validation.media-type-unsupported",
  },
  {
    name: "an id that is no number",
    guard: "validation.parameters",
    method: "GET",
    path: "/orders/abc",
    token: "reader",
    status: 400,
    reason: "validation.request-invalid",
    says: "id",
  },
  {
    name: "a limit above",
    guard: "validation.parameters",
    method: "GET",
    path: "/orders?limit=101",
    token: "reader",
    status: 400,
    says: "limit",
  },
  {
    name: "a limit twice",
    guard: "validation.parameters",
    method: "GET",
    path: "/orders?limit=1&limit=2",
    token: "reader",
    status: 400,
  },
  {
    name: "a status that is none",
    guard: "validation.parameters",
    method: "GET",
    path: "/orders?status=lost",
    token: "reader",
    status: 400,
    says: "status",
  },

  {
    name: "an undeclared path",
    guard: "validation.operation-undeclared",
    method: "GET",
    path: "/admin",
    token: "support",
    status: 404,
    reason: "validation.operation-undeclared",
  },
  {
    name: "an undeclared method",
    guard: "validation.method-undeclared",
    method: "PATCH",
    path: "/orders/1",
    token: "support",
    status: 405,
    reason: "validation.method-undeclared",
    field: ["allow", /GET/],
  },
  {
    name: "G04 other letter case",
    guard: "validation.operation-undeclared",
    method: "GET",
    path: "/ORDERS",
    token: "reader",
    status: 404,
  },
  {
    name: "G04 a trailing slash",
    guard: "validation.operation-undeclared",
    method: "GET",
    path: "/orders/",
    token: "reader",
    status: 404,
  },
  {
    name: "G01 dot segments",
    method: "GET",
    path: "/products/../orders",
    status: 400,
    reason: "transport.target-invalid",
  },
  {
    name: "G01 encoded dot segments",
    method: "GET",
    path: "/products/%2e%2e/orders",
    status: 400,
    reason: "transport.target-invalid",
  },
  { name: "G02 an encoded slash", method: "GET", path: "/orders%2f1", status: 400, reason: "transport.target-invalid" },
];
