// More true and harmless examples of data-flow.yaml, as APIs usually write them.

app.get("/people", async (req, res) => {
  // ruleid: sql-injection
  const named = await people.createQueryBuilder("p").where(`p.name = '${req.query.name}'`).getMany();
  // ruleid: sql-injection
  const sorted = await people.createQueryBuilder("p").orderBy(req.query.sort as string).getMany();
  // ruleid: sql-injection
  builder.andWhere("p.city = '" + req.query.city + "'");
  // ok: sql-injection
  builder.andWhere("p.city = :city", { city: req.query.city });
  // ok: sql-injection
  await knex("people").where({ name: req.query.name });
  // ok: sql-injection
  await knex("people").where("name", req.query.name).orderBy("name");
  res.json([named, sorted]);
});

app.get("/orders/:id", async (req, res) => {
  // ok: nosql-injection
  const order = await Order.findOne({ _id: req.params.id });
  const { id } = req.params;
  // ok: nosql-injection
  await Order.deleteOne({ _id: id });
  // ok: nosql-injection
  await Order.findOne({ key: req.headers["x-key"] });
  // ok: nosql-injection
  await Order.findOne({ key: req.get("x-key") });
  // ruleid: nosql-injection
  await Order.findOne({ _id: req.params.id, status: req.query.status });
  // ruleid: code-injection
  await Order.find({ $where: `this.name == '${req.body.name}'` });
  // ok: code-injection
  await Order.find({ $where: "this.paid < this.total" });
  res.json(order);
});

app.post("/orders", async (req, res) => {
  const { insertedId } = await orders.insertOne({ owner: req.user.id, note: req.body.note });
  // ok: nosql-injection
  const made = await orders.findOne({ _id: insertedId });
  // ruleid: nosql-injection
  const customer = await customers.findOne({ mail: req.body.mail });
  res.json([made, customer]);
});

app.get("/hono/:id", async (c) => {
  // ok: nosql-injection
  const order = await orders.findOne({ _id: c.req.param("id") });
  const { status } = await c.req.json();
  // ruleid: nosql-injection
  await orders.findOne({ status });
  return c.json(order);
});

app.get("/repositories/:name", async (req, res) => {
  // ok: request-forgery
  await fetch(`https://api.example.com/repositories/${req.params.name}`);
  // ok: request-forgery
  await axios.get("https://api.example.com/search?q=" + req.query.q);
  // ruleid: request-forgery
  await fetch(`https://${req.query.host}/repositories`);
  // ruleid: request-forgery
  await axios.get("https://api.example.com" + req.query.path);
});

app.get("/greeting", (req, res) => {
  // ruleid: cross-site-scripting
  res.status(200).type("html").send(`<h1>Hello ${req.query.name}</h1>`);
  // ok: cross-site-scripting
  res.type("html").send(`<h1>Hello ${escapeHtml(req.query.name)}</h1>`);
  // ok: cross-site-scripting
  res.type("text").send(`Hello ${req.query.name}`);
});

app.get("/continue", (req, res) => {
  // ruleid: open-redirect
  res.set("Location", req.query.to).status(302).end();
  // ruleid: open-redirect
  res.writeHead(302, { Location: req.query.to });
  // ok: open-redirect
  res.set("Location", "/orders/" + encodeURIComponent(req.query.id));
  // ok: open-redirect
  res.set("X-Asked-For", req.query.to);
  // ok: open-redirect
  callbacks.redirect({ url: req.query.to, baseUrl });
});

app.get("/return", (req, res) => {
  // ruleid: open-redirect
  res.setHeader("Location", String(req.query.to));
  res.status(303).end();
});

app.get("/plain", (req, res) => {
  res.statusCode = 302;
  // ruleid: open-redirect
  res.setHeader("Location", req.query.to);
  res.end();
});

app.post("/files/:name", (req, res) => {
  // ok: open-redirect
  res.set("Location", `${base}/files/${req.params.name}`);
  res.status(201).json({});
});
