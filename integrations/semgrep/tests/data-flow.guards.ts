// Guards of data-flow.yaml that look at a value before it is used, and those that look at too little of it.

app.get("/orders", async (req, res) => {
  const { sort, order, form } = req.query;
  if (!SORTS.includes(sort)) return res.status(400).end();
  // ok: sql-injection
  await pool.query(`select * from orders order by ${sort}`);
  // ruleid: sql-injection
  await pool.query(`select * from orders order by ${order}`);
  if (!/^[a-z]{1,9}$/.test(form)) throw new Error("no");
  // ok: sql-injection
  await pool.query(`select * from ${form}`);
});

app.get("/direct", async (req, res) => {
  if (typeof req.query.sort !== "string" || !SORTS.has(req.query.sort)) {
    res.status(400).end();
    return;
  }
  // ok: sql-injection
  await pool.query(`select * from orders order by ${req.query.sort}`);
  const column = SORTS.includes(req.query.column) ? req.query.column : "id";
  // ok: sql-injection
  await pool.query(`select * from orders order by ${column}`);
  if (SORTS.includes(req.query.other)) {
    // ok: sql-injection
    await pool.query(`select * from orders order by ${req.query.other}`);
  }
  // ruleid: sql-injection
  await pool.query(`select * from orders order by ${req.query.other}`);
});

app.get("/slips", async (req, res) => {
  // It is said, and goes on.
  if (!SORTS.includes(req.query.sort)) console.warn("odd");
  // ruleid: sql-injection
  await pool.query(`select * from orders order by ${req.query.sort}`);
  // The caller brings the list.
  if (!req.body.sorts.includes(req.query.by)) return;
  // ruleid: sql-injection
  await pool.query(`select * from orders order by ${req.query.by}`);
  // Not tied to the end.
  if (!/^[a-z]+/.test(req.query.form)) return;
  // ruleid: sql-injection
  await pool.query(`select * from orders order by ${req.query.form}`);
  if (SORTS.includes(req.query.else)) {
    res.end();
  } else {
    // ruleid: sql-injection
    await pool.query(`select * from orders order by ${req.query.else}`);
  }
});

app.get("/file", async (req, res) => {
  const full = path.resolve(ROOT, req.query.file);
  if (!full.startsWith(ROOT + path.sep)) return res.status(404).end();
  // ok: path-traversal
  const text = await readFile(full);
});
app.get("/file2", async (req, res) => {
  const full = path.join(ROOT, req.query.file);
  if (full !== ROOT && !full.startsWith(`${ROOT}/`)) {
    throw new Error("outside");
  }
  // ok: path-traversal
  createReadStream(full);
  const other = path.resolve(ROOT, req.query.other);
  const way = path.relative(ROOT, other);
  if (way.startsWith("..") || path.isAbsolute(way)) return;
  // ok: path-traversal
  createReadStream(other);
});
app.get("/file4", async (req, res) => {
  const full = await fs.realpath(path.resolve(ROOT, req.query.file));
  if (!full.startsWith(`${ROOT}${path.sep}`)) return res.status(404).end();
  // ok: path-traversal
  res.sendFile(full);
});
app.get("/file3", async (req, res) => {
  // `/srv/files-of-others` begins so, too.
  const full = path.resolve(ROOT, req.query.file);
  if (!full.startsWith(ROOT)) return res.status(404).end();
  // ruleid: path-traversal
  const text = await readFile(full);
  // `files/../../etc` begins so, too.
  const name = "files/" + req.query.name;
  if (!name.startsWith("files/")) return;
  // ruleid: path-traversal
  const other = await readFile(name);
});

app.get("/go", (req, res) => {
  const target = new URL(req.query.to, BASE);
  if (target.origin !== BASE) return res.status(400).end();
  // ok: open-redirect
  res.redirect(target.href);
  const sent = req.query.next;
  if (!PAGES.has(sent)) return;
  // ok: open-redirect
  res.redirect(sent);
});
app.get("/go2", (req, res) => {
  const target = new URL(req.query.to, BASE);
  if (target.protocol !== "https:") return res.status(400).end();
  // ruleid: open-redirect
  res.redirect(target.href);
});
app.post("/fetch", async (req, res) => {
  const target = new URL(req.body.url);
  if (target.protocol !== "https:" || !HOSTS.has(target.host)) throw new Error("no");
  // ok: request-forgery
  await fetch(target);
  // ruleid: request-forgery
  await fetch(req.body.other);
});

app.post("/find", async (req, res) => {
  // ruleid: nosql-injection
  await User.find(req.body);
  // ruleid: nosql-injection
  await collection.find(req.body);
  // ruleid: nosql-injection
  await db.collection("users").find(req.query);
  // ruleid: nosql-injection
  await orders.aggregate([{ $match: { owner: req.body.owner } }]);
  // ruleid: nosql-injection
  await orders.aggregate(req.body);
  // ok: nosql-injection
  await orders.aggregate([{ $match: { owner: String(req.body.owner) } }]);
  // ok: nosql-injection
  await User.find(req.params.id);
  // ok: nosql-injection
  const one = list.find((entry) => entry.id === req.body.id);
  const filter = req.body.filter;
  // ruleid: nosql-injection
  await User.find(filter);
  // ok: nosql-injection
  const element = elements.find(filter);
  if (typeof req.body.name !== "string") return;
  // ok: nosql-injection
  await users.findOne({ name: req.body.name });
  // ruleid: nosql-injection
  await users.findOne({ name: req.body.other });
});
