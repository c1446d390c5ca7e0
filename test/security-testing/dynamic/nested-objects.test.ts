// Guards paths with two ids: who owns the first may still reach what hangs on another's.
import { describe, expect, it } from "vitest";
import { objectChange, objectDelete } from "../../../src/security-testing/dynamic/probes/object-change.ts";
import { objectRead } from "../../../src/security-testing/dynamic/probes/object-read.ts";
import { found } from "./tiny.ts";
import type { Answered, Asked, Routes } from "./tiny-api.ts";

const ID = (name: string) => `{ name: ${name}, in: path, required: true, schema: { type: string } }`;
const ok = (status: string) => `responses: { "${status}": { description: ok } }`;
const BODY = `requestBody: { required: true, content: { application/json: { schema: { type: object, required: [title], properties: { title: { type: string, maxLength: 40 }, text: { type: string, maxLength: 40 } } } } } }`;
const DOCUMENT = `paths:
  /shelves:
    post: { operationId: makeShelf, ${ok("201")} }
  /shelves/{shelf}:
    get: { operationId: getShelf, parameters: [${ID("shelf")}], ${ok("200")} }
  /shelves/{shelf}/books:
    post: { operationId: makeBook, parameters: [${ID("shelf")}], ${BODY}, ${ok("201")} }
  /shelves/{shelf}/books/{book}:
    parameters: [${ID("shelf")}, ${ID("book")}]
    get: { operationId: getBook, ${ok("200")} }
    put: { operationId: putBook, ${BODY}, ${ok("200")} }
    delete: { operationId: deleteBook, ${ok("204")} }
`;
const NONE: Answered = { status: 404, body: {} };

interface Book {
  readonly id: string;
  readonly shelf: string;
  title: string;
  text: string;
}

/** The shelf's owner is always looked at; `flaw`: the method that does not look whether the book stands on that shelf. */
function library(flaw: string | undefined, needsText = false): Routes {
  const shelves = new Map<string, string>();
  const books = new Map<string, Book>();
  const at = (method: string, use: (book: Book, asked: Asked) => Answered) => (asked: Asked) => {
    const { shelf = "", book: id = "" } = asked.path;
    const book = books.get(id);
    if (shelves.get(shelf) !== asked.who?.sub || book === undefined) return NONE;
    return book.shelf === shelf || flaw === method ? use(book, asked) : NONE;
  };
  const isPoor = ({ json }: Asked) => needsText && json.text === undefined;
  const poor: Answered = { status: 500, body: {} };
  return {
    "POST /shelves": ({ who }) => {
      const id = crypto.randomUUID();
      shelves.set(id, who?.sub ?? "");
      return { status: 201, body: { id } };
    },
    "GET /shelves/{shelf}": ({ path, who }) =>
      shelves.get(path["shelf"] ?? "") === who?.sub ? { body: { id: path["shelf"], owner: who?.sub } } : NONE,
    "POST /shelves/{shelf}/books": (asked) => {
      const shelf = asked.path["shelf"] ?? "";
      if (shelves.get(shelf) !== asked.who?.sub) return NONE;
      if (isPoor(asked)) return poor;
      const book: Book = { id: crypto.randomUUID(), shelf, title: asked.json.title, text: asked.json.text ?? "" };
      books.set(book.id, book);
      return { status: 201, body: { id: book.id } };
    },
    "GET /shelves/{shelf}/books/{book}": at("GET", ({ title, text }) => ({ body: { title, text } })),
    "PUT /shelves/{shelf}/books/{book}": at("PUT", (book, asked) => {
      if (isPoor(asked)) return poor;
      Object.assign(book, { title: asked.json.title, text: asked.json.text ?? "" });
      return { body: {} };
    }),
    "DELETE /shelves/{shelf}/books/{book}": at("DELETE", ({ id }) => {
      books.delete(id);
      return { status: 204 };
    }),
  };
}

const PLACE = "/shelves/{shelf}/books/{book} path book";
const CASES = [
  ["GET", objectRead, "dynamic.object-read-by-another"],
  ["PUT", objectChange, "dynamic.object-changed-by-another"],
  ["DELETE", objectDelete, "dynamic.object-deleted-by-another"],
] as const;

describe("on one's own shelf the book of another", () => {
  it.each(CASES)("is reached by %s, and that is found", async (method, probe, rule) => {
    expect(await found(probe, { document: DOCUMENT, api: library(method) })).toEqual([`${rule} ${method} ${PLACE}`]);
  });

  it.each(CASES)("is not reached by %s where both are looked at", async (_method, probe) => {
    expect(await found(probe, { document: DOCUMENT, api: library(undefined) })).toEqual([]);
  });

  it("is changed also where the API needs more than its document says", async () => {
    const api = library("PUT", true);
    expect(await found(objectChange, { document: DOCUMENT, api })).toEqual([
      `dynamic.object-changed-by-another PUT ${PLACE}`,
    ]);
  });
});
