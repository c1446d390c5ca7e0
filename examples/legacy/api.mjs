// The old API: a library's books, members and loans, on node:http alone. It knows nothing of tokens and checks little.
import { createServer } from "node:http";

const books = new Map([
  [1, { id: 1, title: "Middlemarch", author: "George Eliot", shelf: "A3" }],
  [2, { id: 2, title: "Walden", author: "Henry David Thoreau", shelf: "B1" }],
  [3, { id: 3, title: "Emma", author: "Jane Austen", shelf: null }],
]);
const members = new Map([
  [17, { id: 17, name: "Ada", address: { street: "Mill Lane 4", town: "Ely" } }],
  [42, { id: 42, name: "Ben", address: { street: "High Street 9", town: "Ely" } }],
]);
const loans = new Map();

/** Status and body of a request; a body of undefined is none. */
function answer(method, [kind, id, part], query, body) {
  const key = Number(id);
  if (kind === "books" && method === "GET" && id === undefined) {
    const author = query.get("author") ?? "";
    const found = [...books.values()].filter((book) => book.author.includes(author));
    const page = Number(query.get("page") ?? 1);
    return [200, found.slice((page - 1) * 2, page * 2)];
  }
  if (kind === "books" && method === "GET" && books.has(key)) return [200, books.get(key)];
  if (kind === "members" && method === "GET" && members.has(key)) {
    if (part === undefined) return [200, members.get(key)];
    if (part === "loans") return [200, [...loans.values()].filter((loan) => loan.member === key)];
  }
  if (kind === "loans" && method === "POST") {
    if ([...loans.values()].some((loan) => loan.book === body.book)) return [409, { message: "It is lent already." }];
    const loan = { id: loans.size + 1, ...body };
    loans.set(loan.id, loan);
    return [201, loan];
  }
  if (kind === "loans" && method === "GET" && loans.has(key)) return [200, loans.get(key)];
  if (kind === "loans" && method === "DELETE" && loans.delete(key)) return [204, undefined];
  return [404, { message: "There is no such thing." }];
}

const server = createServer((request, response) => {
  let text = "";
  request.on("data", (chunk) => (text += chunk));
  request.on("end", () => respond(request, response, text));
});

function respond(request, response, text) {
  const url = new URL(request.url, "http://localhost");
  const [status, body] = answer(
    request.method,
    url.pathname.split("/").slice(1),
    url.searchParams,
    text === "" ? {} : JSON.parse(text),
  );
  response.statusCode = status;
  if (body !== undefined) response.setHeader("Content-Type", "application/json");
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

server.listen(4310, "127.0.0.1");
