// True and harmless examples of misuse.yaml: `semgrep --test --config ../rules .`

// ruleid: jwt-unverified
const claims = jwt.decode(token);
// ok: jwt-unverified
const text = decoder.decode(bytes);
// ruleid: jwt-unverified
jwt.verify(token, key, { algorithms: ["none", "RS256"] });

// ruleid: jwt-algorithms-open
jwt.verify(token, publicKey);
// ruleid: jwt-algorithms-open
jwt.verify(token, publicKey, (error, verified) => {
  next(error);
});
// ruleid: jwt-algorithms-open
jwt.verify(token, publicKey, { issuer: "https://issuer.example" });
// ok: jwt-algorithms-open
jwt.verify(token, publicKey, { algorithms: ["RS256"], issuer: "https://issuer.example" });

// ruleid: key-in-source
jwt.sign({ sub: user.id }, "shhh", { algorithm: "HS256" });
// ok: key-in-source
jwt.sign({ sub: user.id }, process.env.JWT_KEY, { algorithm: "HS256" });
// ruleid: key-in-source
app.use(session({ secret: "keyboard cat", resave: false }));
// ok: key-in-source
app.use(session({ secret: config.secret, resave: false }));
// ok: key-in-source
app.use(session({ secret: settings.read("session.secret"), resave: false }));
// ok: key-in-source
app.use(session({ secret: "" + randomUUID(), resave: false }));
// ruleid: key-in-source
crypto.createHmac("sha256", "pa4qacea4VK9t9nGv7yZtwmj").update(data);
// ok: key-in-source
crypto.createHmac("sha256", key).update(data);
const signed = session({
  resave: false,
  // ruleid: key-in-source
  secret: "keyboard cat",
});

// ruleid: password-hash-weak
const hashed = crypto.createHash("md5").update(user.password).digest("hex");
// ruleid: password-hash-weak
createHash("sha256").update(password, "utf8");
// ok: password-hash-weak
crypto.createHash("sha256").update(file.contents).digest("hex");
// ok: password-hash-weak
crypto.scrypt(password, salt, 32, done);

// ruleid: tls-unverified
const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
const spread = new https.Agent({
  keepAlive: true,
  // ruleid: tls-unverified
  rejectUnauthorized: false,
});
// ok: tls-unverified
const verified = new https.Agent({ rejectUnauthorized: true });
// ok: tls-unverified
const asked = new https.Agent({ rejectUnauthorized: settings.get("tls.verify", false) !== "no" });
// ruleid: tls-unverified
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";

// ruleid: token-predictable
const resetToken = Math.random().toString(36).slice(2);
// ruleid: token-predictable
user.apiKey = "k" + Math.random();
// ok: token-predictable
const delayMs = Math.random() * 1000;
// ok: token-predictable
const token = crypto.randomUUID();

// ruleid: cors-open
app.use(cors({ origin: true, credentials: true }));
// ruleid: cors-open
app.use(cors({ credentials: true, methods: ["GET"], origin: "*" }));
// ok: cors-open
app.use(cors({ origin: "https://shop.example", credentials: true }));
// ok: cors-open
app.use(cors({ origin: "*" }));

// ruleid: cookie-flags-missing
res.cookie("session", id);
// ruleid: cookie-flags-missing
res.cookie("access_token", token, { maxAge: 1000, httpOnly: true });
// ok: cookie-flags-missing
res.cookie("session", id, { httpOnly: true, sameSite: "lax", secure: true });
// ok: cookie-flags-missing
res.cookie("theme", "dark");

// ruleid: proxy-trusted-blindly
app.set("trust proxy", true);
// ruleid: proxy-trusted-blindly
app.enable("trust proxy");
const server = fastify({
  logger: true,
  // ruleid: proxy-trusted-blindly
  trustProxy: true,
});
// ok: proxy-trusted-blindly
const counted = fastify({ trustProxy: 1 });
// ok: proxy-trusted-blindly
const listed = fastify({ trustProxy: proxiesOf(settings, true) });
// ok: proxy-trusted-blindly
app.set("trust proxy", 1);

// ruleid: limit-key-from-caller
app.use(rateLimit({ limit: 10, keyGenerator: (req) => req.headers["x-forwarded-for"] }));
// ruleid: limit-key-from-caller
app.use(rateLimit({ keyGenerator: (req) => req.get("X-Client-Id") ?? "" }));
// ok: limit-key-from-caller
app.use(rateLimit({ limit: 10, keyGenerator: (req) => req.user.id }));

// ruleid: limit-key-from-caller
app.use(rateLimit({ max: 5, keyGenerator: ({ ip, headers }: Sent) => String(headers["x-real-ip"] ?? ip) }));
// ruleid: limit-key-from-caller
const perClient = rateLimit({
  keyGenerator({ headers, ip }: Sent) {
    return headers["x-client"] ?? ip;
  },
});
// ok: limit-key-from-caller
app.use(rateLimit({ max: 5, keyGenerator: ({ ip, headers }: Sent) => ip }));
// ok: limit-key-from-caller
const perAddress = rateLimit({
  keyGenerator: (req) => req.ip,
  skip: (req) => req.headers["x-health"] !== undefined,
});

function mayRedirect(url: string, allowedHosts: ReadonlySet<string>): boolean {
  for (const allowedHost of allowedHosts) {
    // ruleid: address-judged-by-part
    if (url.includes(allowedHost)) return true;
  }
  // ruleid: address-judged-by-part
  if (url.indexOf("shop.example.com") !== -1) return true;
  // ruleid: address-judged-by-part
  if (url.startsWith("https://shop.example.com")) return true;
  // ruleid: address-judged-by-part
  if (new URL(url).hostname.endsWith("example.com")) return true;
  // ok: address-judged-by-part
  if (url.startsWith("https://shop.example.com/")) return true;
  // ok: address-judged-by-part
  if (new URL(url).hostname.endsWith(".example.com")) return true;
  // ok: address-judged-by-part
  if (url.includes("?")) return true;
  // ok: address-judged-by-part
  if (allowedUrls.includes(url)) return true;
  // ok: address-judged-by-part
  return allowedHosts.has(new URL(url).hostname);
}

// ruleid: comparison-untimed
if (signature === expected) next();
// ruleid: comparison-untimed
if (req.headers.apiKey !== config.key) next();
// ok: comparison-untimed
if (signature === undefined) next();
// ok: comparison-untimed
if (crypto.timingSafeEqual(a, b)) next();
