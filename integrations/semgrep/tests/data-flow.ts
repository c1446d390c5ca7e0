// True and harmless examples of data-flow.yaml: `semgrep --test --config ../rules .`

app.get("/orders", async (req, res) => {
  // ruleid: sql-injection
  await pool.query(`select * from orders where id = ${req.query.id}`);
  // ok: sql-injection
  await pool.query("select * from orders where id = $1", [req.query.id]);
  // ok: sql-injection
  await pool.query(`select * from orders limit ${Number(req.query.limit)}`);
  const name = req.body.name;
  const statement = "select * from users where name = '" + name + "'";
  // ruleid: sql-injection
  db.all(statement, []);
  // ruleid: sql-injection
  await knex.raw("order by " + req.query.sort);
  const known = schema.parse(req.query);
  // ok: sql-injection
  await knex.raw("order by " + known.sort);
  // ruleid: sql-injection
  await kysely.execute(sql.raw(req.body.where));
});

export default ({ body }: Request, res: Response, next: NextFunction) => {
  // ruleid: sql-injection
  return models.sequelize.query(`select * from users where email = '${body.email}'`);
};

class OrdersController {
  find(@Query("sort") sort: string, @Param("id", ParseIntPipe) id: number) {
    // ruleid: sql-injection
    return this.pool.query(`select * from orders order by ${sort}`);
  }
}

app.post("/login", async (c) => {
  const sent = await c.req.json();
  // ruleid: sql-injection
  await pool.query(`select * from users where name = '${sent.name}'`);
  // ruleid: nosql-injection
  await users.findOne({ name: sent.name });
  // ok: nosql-injection
  await users.findOne({ name: String(sent.name) });
});

app.post("/reviews", async (req, res) => {
  // ruleid: nosql-injection
  await reviews.updateMany({ _id: req.body.id }, { $set: { message: "x" } });
  await reviews.update(
    // ruleid: nosql-injection
    { _id: req.body.id },
    { $set: { message: "x" } },
    { multi: true },
  );
  // ok: nosql-injection
  await reviews.update({ _id: String(req.body.id) }, { $set: { message: req.body.message } });
  // ruleid: nosql-injection
  await User.find({ password: req.body.password });
  // ok: nosql-injection
  await User.find({ password: { $eq: req.body.password } });
  // ok: nosql-injection
  await User.findOne({ where: { id: req.body.id } });
  // ok: nosql-injection
  const local = list.find((one) => one.id === req.body.id);
});

router.get("/ping", async (ctx) => {
  // ruleid: command-injection
  exec("ping " + ctx.query.host);
  // ok: command-injection
  execFile("ping", ["-c", "1", ctx.query.host]);
  // ruleid: command-injection
  childProcess.execSync(`nslookup ${ctx.request.body.host}`);
  // ok: command-injection
  const match = /a(b)/.exec(ctx.query.text);
  // ok: command-injection
  exec("uptime");
});

fastify.get("/files/:name", async (request, reply) => {
  // ruleid: path-traversal
  const text = await fs.promises.readFile(path.join("files", request.params.name));
  // ok: path-traversal
  const safe = await readFile(path.join("files", path.basename(request.params.name)));
  // ruleid: path-traversal
  createReadStream("files/" + request.query.name);
});

app.get("/download", (req, res) => {
  // ruleid: path-traversal
  res.sendFile(path.resolve("ftp", req.query.file));
  // ok: path-traversal
  res.sendFile(req.query.file, { root: "/srv/files" });
  // ok: path-traversal
  res.sendFile(path.resolve("ftp", "index.html"));
});

app.post("/avatar", async (req, res) => {
  // ruleid: request-forgery
  const answer = await fetch(req.body.imageUrl);
  // ok: request-forgery
  await fetch(`https://api.example.com/users/${encodeURIComponent(req.body.id)}`);
  // ruleid: request-forgery
  await axios.get(req.query.url);
  // ok: request-forgery
  await fetch(HOOKS[req.body.name]);
  // ok: request-forgery
  await fetch("https://api.example.com/", { method: "POST", body: JSON.stringify(req.body) });
});

app.post("/calculate", (req, res) => {
  // ruleid: code-injection
  const result = eval(req.body.formula);
  // ok: code-injection
  const parsed = JSON.parse(req.body.formula);
  // ruleid: code-injection
  vm.runInContext("safe(" + req.body.order + ")", sandbox);
  // ruleid: code-injection
  runInNewContext(req.body.code, {});
  // ruleid: code-injection
  const f = new Function("a", req.query.body);
  // ok: code-injection
  const g = new Function("a", "return a + 1");
});

app.post("/page", (req, res) => {
  // ruleid: template-injection
  const page = pug.compile(req.body.template);
  // ok: template-injection
  const other = pug.compile("p= name")({ name: req.body.name });
  // ok: template-injection
  res.render("page", { name: req.body.name });
  // ruleid: cross-site-scripting
  res.send(`<h1>${req.query.name}</h1>`);
  // ok: cross-site-scripting
  res.send(`<h1>${escapeHtml(req.query.name)}</h1>`);
  // ok: cross-site-scripting
  res.send({ name: req.query.name });
  // ok: cross-site-scripting
  res.send(`hello ${req.query.name}`);
});

app.get("/go", (req, res) => {
  // ruleid: open-redirect
  res.redirect(req.query.to);
  // ok: open-redirect
  res.redirect(`/orders/${req.params.id}`);
  // ok: open-redirect
  res.redirect(PAGES[req.query.to]);
  // ruleid: open-redirect
  res.redirect(302, req.query.to);
});

app.get("/search", (req, res) => {
  // ruleid: pattern-from-request
  const pattern = new RegExp(req.query.q);
  // ok: pattern-from-request
  const escaped = new RegExp(RegExp.escape(req.query.q));
  // ok: pattern-from-request
  const found = /^a+$/.test(req.query.q);
});

app.patch("/settings", (req, res) => {
  // ruleid: prototype-pollution
  _.merge(settings, req.body);
  // ruleid: prototype-pollution
  deepmerge(settings, req.body);
  // ok: prototype-pollution
  const copy = { theme: req.body.theme };
  // ruleid: prototype-pollution
  settings[req.body.group][req.body.name] = req.body.value;
  // ok: prototype-pollution
  settings.groups[0].name = req.body.name;
  // ruleid: unsafe-deserialization
  const thing = serialize.unserialize(req.body.thing);
  // ok: unsafe-deserialization
  const json = JSON.parse(req.body.thing);
});

// Plain node:http.
http.createServer(async (req, res) => {
  const url = new URL(req.url, "http://localhost");
  // ruleid: path-traversal
  const page = await readFile(path.join("pages", url.pathname));
  // ok: path-traversal
  const safe = await readFile(path.join("pages", path.basename(url.pathname)));
  // ruleid: sql-injection
  db.all("select * from orders where id = '" + url.searchParams.get("id") + "'");
  // ok: sql-injection
  db.all("select * from orders where id = ?", url.searchParams.get("id"));
  // ok: sql-injection
  db.all("select * from orders where method = '" + req.method + "'");
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  const sent = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  // ruleid: command-injection
  exec("ping " + sent.host);
  // ruleid: request-forgery
  await fetch(sent.url);
  const known = orderSchema.parse(sent);
  // ok: request-forgery
  await fetch(known.url);
});

http.createServer((request, response) => {
  let text = "";
  request.on("data", (chunk) => {
    text += chunk;
  });
  request.on("end", () => {
    // ruleid: code-injection
    eval(JSON.parse(text).formula);
    // ok: code-injection
    const formula = JSON.parse(text).formula;
  });
  socket.on("data", (chunk) => {
    // ok: code-injection
    eval(chunk);
  });
});

const server = createServer(async (request, response) => {
  const { query } = url.parse(request.url, true);
  // ruleid: path-traversal
  createReadStream("files/" + query.name);
  // ruleid: command-injection
  execSync("touch " + (await json(request)).name);
  // ruleid: command-injection
  await run("/bin/sh", ["-c", `echo ${query.name}`]);
  // ok: command-injection
  await run("/usr/bin/echo", ["-n", query.name]);
});

function serve(incoming: IncomingMessage, answer: ServerResponse) {
  const target = new URL(incoming.url ?? "/", "http://localhost");
  // ruleid: path-traversal
  readFileSync(path.join("files", target.searchParams.get("name") ?? ""));
  // ok: path-traversal
  readFileSync(path.join("files", "index.html"));
}

// Handlers that get all in one object.
export const OPERATIONS = {
  async importAvatar({ body, caller }) {
    const { url } = body as { readonly url: string };
    // ruleid: request-forgery
    await fetch(url);
    // ok: request-forgery
    await fetch(`https://pictures.example.com/${encodeURIComponent(url)}`);
  },
  ping({ query }: Call) {
    const { host = "" } = query;
    // ruleid: command-injection
    exec("ping " + host);
    // ok: command-injection
    exec("uptime");
  },
  find: ({ query }: Call) => {
    // ruleid: pattern-from-request
    return names.filter((name) => new RegExp(query.pattern).test(name));
  },
};

const local = ({ name, count }) => {
  // ok: command-injection
  exec("touch " + name);
};
