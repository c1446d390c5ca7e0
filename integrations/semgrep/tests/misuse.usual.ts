// More true and harmless examples of misuse.yaml, as APIs usually write them.

const settings = {
  // ruleid: key-in-source
  jwtSecret: process.env.JWT_SECRET || "my-default-jwt-secret",
  // ruleid: key-in-source
  session_secret: process.env["SESSION_SECRET"] ?? "keyboard cat",
  // ok: key-in-source
  signingKey: process.env.SIGNING_KEY,
  // ok: key-in-source
  cookieSecret: process.env.COOKIE_SECRET ?? "",
  // ok: key-in-source
  sessionKey: "passport.user.id",
  // ok: key-in-source
  jwtSecretMissing: "There is no secret for tokens",
  // ok: key-in-source
  tokenSecret: "The secret of tokens must be set",
};
// ruleid: key-in-source
const JWT_SECRET = "hunter2-hunter2";
// ruleid: key-in-source
super({ jwtFromRequest: fromHeader, secretOrKey: "nest-passport-secret" });
// ok: key-in-source
export const JWT_SECRET_KEY = "JWT_SECRET_KEY";
// ok: key-in-source
const jwtKey = "auth.jwt.secret";
// ok: key-in-source
const secretKey = read("payments-secret-key");
// ok: key-in-source
const signingSecret = `${prefix}-signing-secret`;

// ruleid: password-hash-weak
const pepper = createHash("sha1").update(password + "pepper").digest("hex");
// ruleid: password-hash-weak
const salted = crypto.createHash("sha256").update(`${salt}${user.password}`).digest("hex");
// ok: password-hash-weak
const etag = createHash("md5").update(JSON.stringify(password)).digest("hex");
// ok: password-hash-weak
const tag = createHash("md5").update(passwordPolicy + version).digest("hex");

const invitation = {
  // ruleid: token-predictable
  token: Math.random().toString(36).slice(2),
  // ok: token-predictable
  colour: Math.random().toString(16),
};
// ruleid: token-predictable
const resetCode = Math.floor(100_000 + Math.random() * 900_000);
// ok: token-predictable
const zipCode = Math.floor(Math.random() * 99_999);

// ruleid: jwt-expiry-ignored
jwt.verify(token, key, { algorithms: ["RS256"], ignoreExpiration: true });
const strategy = {
  // ruleid: jwt-expiry-ignored
  ignoreExpiration: true,
  secretOrKeyProvider: keyOf,
};
// ok: jwt-expiry-ignored
await RefreshToken.find(value, { ignoreExpiration: true });
// ok: jwt-expiry-ignored
jwt.verify(token, key, { algorithms: ["RS256"], ignoreExpiration: false });

// ruleid: cipher-weak
crypto.createCipheriv("aes-128-ecb", key, null);
// ruleid: cipher-weak
createCipheriv("des-ede3-cbc", key, iv);
// ruleid: cipher-weak
crypto.createCipheriv("rc4", key, "");
// ruleid: cipher-weak
crypto.createCipher("aes-256-cbc", password);
// ok: cipher-weak
crypto.createCipheriv("aes-256-gcm", key, iv);
// ok: cipher-weak
createCipheriv(algorithm, key, iv);

app.post("/users", async (req, res) => {
  // ruleid: mass-assignment
  const user = await User.create(req.body);
  // ruleid: mass-assignment
  Object.assign(user, req.body);
  // ruleid: mass-assignment
  await User.findByIdAndUpdate(req.params.id, { $set: req.body }, { new: true });
  // ruleid: mass-assignment
  await User.updateOne({ _id: req.user.id }, req.body);
  // ruleid: mass-assignment
  await this.userRepository.save({ ...req.body, id: req.params.id });
  // ruleid: mass-assignment
  await prisma.user.update({ where: { id }, data: req.body });
  // ruleid: mass-assignment
  await source.getRepository("User").save({ status: "new", ...req.body });
  // ruleid: mass-assignment
  const other = new User(req.body);
  // ok: mass-assignment
  await User.create({ name: req.body.name, email: req.body.email });
  // ok: mass-assignment
  await User.create(newUserSchema.parse(req.body));
  // ok: mass-assignment
  const given = new CreateUserDto(req.body);
  // ok: mass-assignment
  await userService.create(req.body);
  // ok: mass-assignment
  const copy = Object.assign({}, req.body);
  // ok: mass-assignment
  const names = new Set(req.body);
});

app.use((err, req, res, next) => {
  // ruleid: stack-answered
  res.status(500).json({ message: err.message, stack: err.stack });
  // ruleid: stack-answered
  res.send(err.stack);
  // ok: stack-answered
  res.status(500).json({ message: "It failed." });
  // ok: stack-answered
  res.status(500).json({ stack: process.env.NODE_ENV === "production" ? undefined : err.stack });
  if (process.env.NODE_ENV !== "production") {
    // ok: stack-answered
    res.status(500).json({ stack: err.stack });
  }
  // ok: stack-answered
  logger.json({ stack: err.stack });
});

// ruleid: comparison-untimed
if (req.headers["x-api-key"] === process.env.API_KEY) next();
// ok: comparison-untimed
if (digest === void 0) next();
// ok: comparison-untimed
if (error.digest === NOT_FOUND_CODE) next();
// ok: comparison-untimed
if (mode === process.env.NODE_ENV) next();
// ok: comparison-untimed
if ("" === process.env.API_KEY) fail();

// ok: jwt-unverified
const session = await jwt.decode({ ...options, token, secret });
// ruleid: jwt-unverified
const whole = jwt.decode(token, { complete: true });
function keyOf(token) {
  // ok: jwt-unverified
  const decoded = jwt.decode(token, { complete: true });
  if (decoded === null) throw new Error("no token");
  return keys.get(decoded.header.kid);
}
// ok: jwt-unverified
const kid = jwt.decode(token, { complete: true }).header.kid;
